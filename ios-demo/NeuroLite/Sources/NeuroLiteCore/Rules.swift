import Foundation

/// A rule of a file, in the order of its output `rules`.
public struct Rule: Equatable, Sendable {
    public enum Effect: String, Sendable {
        case force, forbid, evidence, abstain, nothing
    }

    public let name: String
    public let effect: Effect
    public let labels: [String]
    /// Of two that contradict each other in a text the higher one holds; 0 of rules that cannot.
    public let strength: Int
    /// Of evidence, what is added to the label's logit.
    public let weight: Double?
    /// For people, maybe empty.
    public let reason: String

    public init?(json: JSON) {
        guard let name = json["name"]?.string, let effect = json["effect"]?.string.flatMap(Effect.init(rawValue:)),
            let labels = json["labels"]?.strings, let strength = json["strength"]?.int, strength >= 0,
            let reason = json["reason"]?.string, let weight = json["weight"]
        else { return nil }
        let needsLabel = effect == .force || effect == .forbid || effect == .evidence
        guard !name.isEmpty, !(needsLabel && labels.isEmpty), !(effect == .evidence && weight.double == nil)
        else { return nil }
        self.name = name
        self.effect = effect
        self.labels = labels
        self.strength = strength
        self.weight = weight.double
        self.reason = reason
    }

    /// In words.
    public var does: String {
        let names = labels.joined(separator: ", ")
        if effect == .evidence { return "evidence " + String(format: "%+.2f", weight ?? 0) + " for " + names }
        return names.isEmpty ? effect.rawValue : "\(effect.rawValue) \(names)"
    }
}

/// A rule that fired of a text, and whether a stronger one took its effect.
public struct FiredRule: Equatable, Sendable {
    public let rule: Rule
    public let isOverruled: Bool

    /// Those that fired, the strongest first.
    public static func of(_ rules: [Rule], fired: [Bool], several: Bool) -> [FiredRule] {
        let lost = overruled(rules, fired: fired, several: several)
        return rules.indices.filter { fired[$0] }
            .sorted { (-rules[$0].strength, $0) < (-rules[$1].strength, $1) }
            .map { FiredRule(rule: rules[$0], isOverruled: lost.contains($0)) }
    }

    /// Places of rules that fired and had no effect, as a stronger one fired.
    static func overruled(_ rules: [Rule], fired: [Bool], several: Bool) -> Set<Int> {
        let active = rules.indices.filter { fired[$0] && rules[$0].strength > 0 }
        let forbids = active.filter { rules[$0].effect == .forbid || (several && rules[$0].effect == .abstain) }
        let deciding = active.filter { rules[$0].effect == .force || (!several && rules[$0].effect == .abstain) }
        func isForbidden(_ at: Int) -> Bool {
            guard rules[at].effect == .force else { return false }
            return forbids.contains {
                rules[$0].strength > rules[at].strength
                    && (rules[$0].effect == .abstain || rules[$0].labels.contains(rules[at].labels[0]))
            }
        }
        let standing = deciding.filter { !isForbidden($0) }
        let best = several ? 0 : standing.map { rules[$0].strength }.max() ?? 0
        var found = Set(deciding).subtracting(standing).union(standing.filter { rules[$0].strength < best })
        let on = Set(standing.filter { rules[$0].strength >= best }.compactMap { rules[$0].labels.first })
        for at in active where rules[at].effect == .forbid {
            if !rules[at].labels.isEmpty && Set(rules[at].labels).isSubset(of: on) { found.insert(at) }
        }
        return found
    }
}
