import NeuroLiteCore
import SwiftUI

/// A text in which the spans that were found are marked, with their types below.
struct MarkedText: View {
    let text: String
    let spans: [Span]

    var body: some View {
        VStack(alignment: .leading, spacing: 6) {
            Text(marked)
            ForEach(Array(spans.enumerated()), id: \.offset) { _, span in
                Text("\(span.type): \(span.text)")
                    .font(.footnote)
                    .foregroundStyle(.secondary)
            }
        }
    }

    private var marked: AttributedString {
        var found = AttributedString(text)
        for span in spans {
            guard let range = span.range(in: text), let place = Range(range, in: found) else { continue }
            found[place].backgroundColor = Color.accentColor.opacity(0.25)
            found[place].underlineStyle = Text.LineStyle.single
        }
        return found
    }
}
