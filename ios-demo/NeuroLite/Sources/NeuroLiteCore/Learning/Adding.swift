/// The records that an addition or a correction comes to, and the ids of the examples that were given.
struct Additions {
    /// Stored examples that a correction strengthens or weakens.
    static let heard = 8

    private(set) var records: [Record] = []
    private(set) var ids: [Int] = []

    /// By which an example is known again: its vector as it is stored, and its label.
    private struct Key: Hashable {
        let bits: [UInt16]
        let label: Int
    }

    /// An example that a label has already, to the last bit of its vector, is not written again; zeros are left out.
    init(_ memory: Memory, _ examples: [(label: String, vector: [Float], text: [UInt8])]) throws {
        var new: [String] = []
        var here: [Key: Int] = [:]
        for item in examples where item.vector.contains(where: { $0 != 0 }) {
            let (number, named) = try Additions.label(memory, item.label, &new)
            let key = Key(bits: item.vector.map(Half.bits), label: number)
            let stored = memory.same(as: item.vector).first { id in
                memory.row(of: id).map { memory.rows[$0].label == number } ?? false
            }
            if let known = here[key] ?? stored {
                ids.append(known)
                continue
            }
            records += named
            records.append(try Additions.example(memory, number, item.vector, item.text, place: here.count))
            let id = memory.nextID + here.count
            here[key] = id
            ids.append(id)
        }
    }

    /// For a text that has this label, whatever was answered before.
    init(
        correcting memory: Memory, label: String, vector: [Float], text: [UInt8], before: Learned?
    ) throws {
        var new: [String] = []
        let (number, named) = try Additions.label(memory, label, &new)
        records = named
        let same = memory.same(as: vector)
        for id in same where memory.row(of: id).map({ memory.rows[$0].label != number }) ?? false {
            records.append(.relabel(id: id, label: number))
        }
        if same.isEmpty { records.append(try Additions.example(memory, number, vector, text, place: 0)) }
        let identity = same.first ?? memory.nextID
        let rewards = (before?.evidence ?? []).filter { !same.contains($0.id) }.map { item in
            Record.Reward(id: item.id, reward: Array(item.label.utf8) == Array(label.utf8) ? 1 : -1)
        }
        if !rewards.isEmpty { records.append(.use(rewards)) }
        let answered = before.flatMap { memory.number(of: $0.label) } ?? Record.noLabel
        records.append(.correction(id: identity, answered: answered))
        ids = [identity]
    }

    /// The number of a label, and the record that makes it where it is new.
    static func label(_ memory: Memory, _ name: String, _ new: inout [String]) throws -> (Int, [Record]) {
        if let known = memory.number(of: name) { return (known, []) }
        if let place = new.firstIndex(where: { Array($0.utf8) == Array(name.utf8) }) {
            return (memory.nextLabel + place, [])
        }
        if let problem = Record.problem(ofName: name) {
            throw NeuroLiteError(.input, "Label '\(name.prefix(40))' cannot be used: \(problem).")
        }
        let number = memory.nextLabel + new.count
        guard number < Record.mostLabels else {
            throw NeuroLiteError(.input, "A store takes \(Record.mostLabels) labels. Forget one that is not needed.")
        }
        new.append(name)
        return (number, [.label(number: number, name: name)])
    }

    private static func example(
        _ memory: Memory, _ label: Int, _ vector: [Float], _ text: [UInt8], place: Int
    ) throws -> Record {
        guard memory.nextID + place <= Record.mostID else {
            throw NeuroLiteError(.input, "A store gives \(Record.mostID) ids; begin a new one.")
        }
        guard memory.rows.count + place < Record.mostExamples else {
            throw NeuroLiteError(.input, "A store takes \(Record.mostExamples) examples. Forget a label.")
        }
        return .example(
            Record.Example(
                id: memory.nextID + place, label: label,
                clock: min(memory.clock + 1 + place, Int(UInt32.max)), strength: 0.5, vector: vector,
                text: memory.header.keepsTexts ? text : []))
    }
}
