import SwiftUI

/// What went wrong, in words, where it happened.
struct ProblemRow: View {
    let problem: String?

    var body: some View {
        if let problem {
            Label {
                Text(verbatim: problem)
            } icon: {
                Image(systemName: "exclamationmark.triangle")
            }
            .foregroundStyle(.red)
            .accessibilityElement(children: .combine)
        }
    }
}
