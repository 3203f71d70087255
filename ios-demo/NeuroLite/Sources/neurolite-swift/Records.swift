import NeuroLiteCore

/// What is said of a text: the JSON of neurolite-run, and of `python -m neurolite_bench.apps`.
enum Records {
    static func answer(_ answer: Answer, text: [UInt8], arguments: Arguments, turn: Int?, experts: [Int]) -> JSON {
        var members = [JSON.Member("text", .string(Bytes.shown(text)))] + facts(answer)
        if arguments.top > 1 { members.append(JSON.Member("top", .array(answer.best.map(entry)))) }
        if !answer.spans.isEmpty || answer.task == .spans {
            members.append(JSON.Member("spans", .array(answer.spans.map(span))))
        }
        members += counts(answer)
        if let turn { members.append(JSON.Member("turn", .int(turn))) }
        if !experts.isEmpty {
            members.append(
                JSON.Member("expert", experts.count == 1 ? .int(experts[0]) : .array(experts.map(JSON.int))))
        }
        if arguments.explain { members.append(JSON.Member("rules", .array(answer.rules.map(rule)))) }
        return .object(members)
    }

    /// For the comparison of platforms: with the bits of logits, or of an encoder's vector.
    static func bits(index: Int, _ answer: Answer, _ outputs: Outputs, _ metadata: Metadata) -> JSON {
        var members = [JSON.Member("index", .int(index))] + facts(answer)
        let (name, values) = outputs.logits.isEmpty ? ("embedding", outputs.embedding) : ("logits", outputs.logits)
        members.append(JSON.Member(name, .string(hex(values))))
        if !metadata.rules.isEmpty {
            let fired = zip(metadata.rules, outputs.rules).filter(\.1).map { JSON.string($0.0.name) }
            members.append(JSON.Member("rules", .array(fired)))
        }
        return .object(members + counts(answer))
    }

    /// Of each what a generator is asked for: as many as the app for Android asks for.
    static let offered = 6

    /// For the comparison of generators: scores with all their digits.
    static func offers(
        index: Int, suggested: [Suggestion], completed: [Suggestion], offered: [Suggestion]
    ) -> JSON {
        func list(_ found: [Suggestion]) -> JSON {
            .array(found.map { .array([.string($0.text), .double($0.score)]) })
        }
        return .object([
            "index": .int(index), "suggest": list(suggested), "complete": list(completed), "offer": list(offered),
        ])
    }

    static func learned(_ found: Learned, text: [UInt8]) -> JSON {
        let evidence = found.evidence.map { item in
            JSON.object([
                "id": .int(item.id), "label": .string(item.label), "text": item.text.map(JSON.string) ?? .null,
                "cosine": .double(rounded(item.cosine)),
            ])
        }
        return .object([
            "text": .string(Bytes.shown(text)), "label": .string(found.label), "score": number(found.score),
            "in_scope": number(found.inScope), "abstained": found.abstained.map(JSON.bool) ?? .null,
            "source": .string(found.source.rawValue), "evidence": .array(evidence),
        ])
    }

    private static func facts(_ answer: Answer) -> [JSON.Member] {
        switch answer.task {
        case .embedding, .spans, .generation: return []
        case .multiLabel: return [JSON.Member("labels", .array(answer.labels.map(entry)))]
        case .classification:
            guard let best = answer.best.first else { return [] }
            return [
                JSON.Member("label", .string(best.label)), JSON.Member("score", .double(rounded(best.score))),
                JSON.Member("in_scope", number(answer.inScope)),
                JSON.Member("abstained", answer.abstained.map(JSON.bool) ?? .null),
            ]
        }
    }

    private static func counts(_ answer: Answer) -> [JSON.Member] {
        [JSON.Member("words", .int(answer.words)), JSON.Member("truncated", .bool(answer.isTruncated))]
    }

    private static func entry(_ item: LabelScore) -> JSON {
        .object(["label": .string(item.label), "score": .double(rounded(item.score))])
    }

    private static func span(_ span: Span) -> JSON {
        .object([
            "type": .string(span.type), "start": .int(span.characters.lowerBound),
            "end": .int(span.characters.upperBound), "start_byte": .int(span.bytes.lowerBound),
            "end_byte": .int(span.bytes.upperBound), "text": .string(span.text), "score": .double(rounded(span.score)),
        ])
    }

    private static func rule(_ fired: FiredRule) -> JSON {
        .object([
            "name": .string(fired.rule.name), "does": .string(fired.rule.does), "reason": .string(fired.rule.reason),
            "overruled": .bool(fired.isOverruled),
        ])
    }

    private static func hex(_ values: [Float]) -> String {
        Digest.hex(values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } })
    }

    private static func number(_ value: Double?) -> JSON { value.map { .double(rounded($0)) } ?? .null }
    private static func rounded(_ value: Double) -> Double { (value * 1e6).rounded() / 1e6 }
}
