/// The report of a benchmark screen as the JSON of `neurolite-bench`, docs/bench-report.md, with its seal.
extension BenchScreen {
    static let sealName = "neurolite.sha256"

    /// The file to share.
    public var sealedReport: String { BenchScreen.sealed(report.text()) }

    var report: JSON {
        .object([
            "schema_version": .int(2), "format": .string("neurolite-bench"), "command": .array(app.map(JSON.string)),
            "started_at": .string(startedAt), "seconds": .double(seconds), "interrupted": .bool(wasLeft),
            "device": device, "conditions": conditions,
            "options": .object(["runs": .int(wanted), "threads": .int(subject.threads)]), "texts": texts,
            "subjects": .array([measured]), "refusals": .array([]), "growth": .null, "verdicts": .array([]),
            "warnings": .array(warnings.map(JSON.string)),
        ])
    }

    /// Puts the SHA-256 of a JSON object, with 64 zeros in its place, before its first entry.
    static func sealed(_ json: String) -> String {
        let blanks = json.dropFirst().prefix { " \n\t\r".contains($0) }
        let rest = json.dropFirst(1 + blanks.count)
        func text(_ digest: String) -> String {
            "{\(blanks)\"\(sealName)\": \"\(digest)\",\(blanks.isEmpty ? " " : String(blanks))\(rest)"
        }
        return text(Digest.hex(Digest.sha256(Array(text(String(repeating: "0", count: 64)).utf8))))
    }

    private var conditions: JSON {
        .object([
            "before": .object([
                "thermal": JSON.of(thermalBefore?.rawValue), "power_saving": powerSaving.map(JSON.bool) ?? .null,
            ]),
            "after": .object(["thermal": JSON.of(thermalAfter?.rawValue)]),
        ])
    }

    private var texts: JSON {
        let classes = BenchScreen.words.map { JSON.Member("\($0) words", .object(["words": .int($0)])) }
        return .object(["source": .string("app contract"), "classes": .object(classes)])
    }

    private var measured: JSON {
        let reason = whyNot
        let threads = String(subject.threads)
        return .object([
            "name": .string(subject.name), "role": .string("artifact"), "kind": .string(subject.kind),
            "preset": .null, "precision": .string(subject.precision), "file": .string(subject.file),
            "size_bytes": .int(subject.size), "compressed_bytes": .null, "sha256": .string(subject.sha256),
            "parameters": .int(subject.parameters), "runtime": .string(subject.runtime),
            "settings": .object(["threads": .string(threads)]), "delegated": .null, "nodes": .null, "parity": .null,
            "starts": .array(reason == nil ? [start] : []), "memory": .array([]),
            "cases": .array(reason == nil ? BenchScreen.words.compactMap(timed) : []), "hash_share": .null,
            "hash_share_by": .null, "accuracy": .null, "accuracy_texts": .null, "train_seconds": .null,
            "sealed": .bool(true), "not_timed": .null, "failure": JSON.of(reason), "in_app": inApp(reason),
        ])
    }

    /// Nothing is imported or started before the model, and its pages may be in the system's cache.
    private var start: JSON {
        .object([
            "import_ms": .double(0), "runtime_ms": .double(0), "load_ms": .double(firstLoad ?? 0),
            "first_answer_ms": .double(firstAnswer ?? 0), "evicted": .bool(false),
        ])
    }

    private func inApp(_ reason: String?) -> JSON {
        .object([
            "valid": .bool(reason == nil), "reason": JSON.of(reason),
            "later_load_ms": laterLoad.map(JSON.double) ?? .null, "memory_before": JSON.of(memory.before),
            "memory_loaded": JSON.of(memory.loaded), "memory_after": JSON.of(memory.after),
            "memory_source": .string(memory.source), "thermal_before": JSON.of(thermalBefore?.rawValue),
            "thermal_after": JSON.of(thermalAfter?.rawValue),
        ])
    }

    private func timed(_ words: Int) -> JSON? {
        guard let times = samples[words], let found = Statistics(nanoseconds: times) else { return nil }
        return .object([
            "case": .object([
                "name": .string("\(words) words"), "group": .string("length"), "words": .int(words), "batch": .int(1),
                "threads": .int(subject.threads),
            ]),
            "samples_ns": .array([.array([.array(times.map(JSON.int))])]), "summary": found.json,
        ])
    }
}

extension Statistics {
    /// One round of one process: its range is all that is known of how the median varies.
    var json: JSON {
        .object([
            "runs": .int(runs), "p50_ms": .double(p50), "p90_ms": .double(p90), "p99_ms": .double(p99),
            "mean_ms": .double(mean), "stdev_ms": .double(deviation), "min_ms": .double(min), "max_ms": .double(max),
            "interval_ms": .array([.double(min), .double(max)]), "repeat_medians_ms": .array([.double(p50)]),
            "spread": .double(0),
        ])
    }
}

extension JSON {
    static func of(_ text: String?) -> JSON { text.map(JSON.string) ?? .null }
    static func of(_ number: Int?) -> JSON { number.map(JSON.int) ?? .null }
}
