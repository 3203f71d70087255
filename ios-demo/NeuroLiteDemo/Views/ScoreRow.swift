import NeuroLiteCore
import SwiftUI

/// A label with its probability, as a bar and as a number; read as one by VoiceOver.
struct ScoreRow: View {
    let item: LabelScore

    var body: some View {
        VStack(alignment: .leading, spacing: 4) {
            ViewThatFits {
                HStack {
                    name
                    Spacer()
                    number
                }
                VStack(alignment: .leading) {
                    name
                    number
                }
            }
            ProgressView(value: item.score)
                .accessibilityHidden(true)
        }
        .accessibilityElement(children: .combine)
    }

    private var name: some View {
        Text(verbatim: item.label.replacingOccurrences(of: "_", with: " "))
    }

    private var number: some View {
        Text(item.score, format: .percent.precision(.fractionLength(1)))
            .monospacedDigit()
            .foregroundStyle(.secondary)
    }
}
