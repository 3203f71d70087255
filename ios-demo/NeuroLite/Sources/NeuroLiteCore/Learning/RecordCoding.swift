/// Records to bytes and back: length, kind, the CRC-32 of these, the payload, and its CRC-32.
extension Record {
    var bytes: [UInt8] {
        let (kind, payload) = content
        var head: [UInt8] = []
        head.append(number: UInt32(payload.count))
        head.append(number: kind)
        head.append(number: Digest.crc32(head))
        var tail: [UInt8] = []
        tail.append(number: Digest.crc32(payload))
        return head + payload + tail
    }

    private var content: (UInt32, [UInt8]) {
        var payload: [UInt8] = []
        func put(_ numbers: Int...) {
            for number in numbers { payload.append(number: UInt32(number)) }
        }
        switch self {
        case .label(let number, let name):
            put(number)
            return (1, payload + Array(name.utf8))
        case .example(let item):
            put(item.id, item.label, item.clock)
            payload.append(float: item.strength)
            put(item.text.count)
            for number in item.vector { payload.append(half: number) }
            return (2, payload + item.text)
        case .removal(let id):
            put(id)
            return (3, payload)
        case .relabel(let id, let label):
            put(id, label)
            return (4, payload)
        case .use(let rewards):
            put(rewards.count)
            for item in rewards {
                put(item.id)
                payload.append(float: item.reward)
            }
            return (5, payload)
        case .merge(let source, let into):
            put(source, into)
            return (6, payload)
        case .forget(let label):
            put(label)
            return (7, payload)
        case .weights: preconditionFailure("An app writes no fit.")
        case .correction(let id, let answered):
            put(id, answered)
            return (9, payload)
        }
    }

    /// A record of a payload whose checksum was right.
    static func read(kind: UInt32, payload: ArraySlice<UInt8>, dimension: Int) throws -> Record {
        var reader = ByteReader(payload)
        let found: Record?
        switch kind {
        case 1: found = readLabel(&reader)
        case 2: found = readExample(&reader, dimension)
        case 3: found = reader.number().map { .removal(id: Int($0)) }
        case 4: found = readPair(&reader).map { .relabel(id: $0, label: $1) }
        case 5: found = readUse(&reader)
        case 6: found = readPair(&reader).map { .merge(source: $0, into: $1) }
        case 7: found = reader.number().map { .forget(label: Int($0)) }
        case 8: found = readWeights(&reader, dimension)
        case 9: found = readPair(&reader).map { .correction(id: $0, answered: $1) }
        default: throw MalformedError(what: "a record of the kind \(kind), which this version does not know")
        }
        guard let found, reader.left == 0 else {
            throw MalformedError(what: "a record of the kind \(kind) that cannot be")
        }
        return found
    }

    private static func readPair(_ reader: inout ByteReader) -> (Int, Int)? {
        guard let first = reader.number(), let second = reader.number() else { return nil }
        return (Int(first), Int(second))
    }

    private static func readLabel(_ reader: inout ByteReader) -> Record? {
        guard let number = reader.number(), number < mostLabels, let raw = reader.take(reader.left),
            let name = Bytes.text(raw), problem(ofName: name) == nil
        else { return nil }
        return .label(number: Int(number), name: name)
    }

    private static func readExample(_ reader: inout ByteReader, _ dimension: Int) -> Record? {
        guard let id = reader.number(), let label = reader.number(), let clock = reader.number(),
            let strength = reader.float(), let size = reader.number(), size <= Metadata.mostBytes
        else { return nil }
        let vector = (0..<dimension).compactMap { _ in reader.half() }
        let length = vector.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        guard vector.count == dimension, abs(length - 1) <= 0.01, (1...mostID).contains(Int(id)),
            (0...1).contains(strength), let text = reader.take(Int(size))
        else { return nil }
        return .example(
            Example(
                id: Int(id), label: Int(label), clock: Int(clock), strength: strength, vector: vector,
                text: Array(text)))
    }

    private static func readUse(_ reader: inout ByteReader) -> Record? {
        guard let count = reader.number(), count <= mostUses else { return nil }
        var rewards: [Reward] = []
        for _ in 0..<count {
            guard let id = reader.number(), let reward = reader.float(), (-1...1).contains(reward) else { return nil }
            rewards.append(Reward(id: Int(id), reward: reward))
        }
        return .use(rewards)
    }

    private static func readWeights(_ reader: inout ByteReader, _ dimension: Int) -> Record? {
        guard let count = reader.number(), (2...UInt32(mostLabels)).contains(count) else { return nil }
        let labels = (0..<count).compactMap { _ in reader.number().map(Int.init) }
        guard Set(labels).count == count, reader.left == 4 * (dimension + 1) * Int(count),
            let values = reader.floats((dimension + 1) * Int(count)), values.allSatisfy(\.isFinite)
        else { return nil }
        return .weights(labels: labels)
    }
}
