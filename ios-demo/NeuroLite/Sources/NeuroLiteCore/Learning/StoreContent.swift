/// A store's bytes, read whole: what its records come to, and where the last whole one ends.
struct StoreContent {
    static let limit = 1 << 30

    let memory: Memory
    /// Bytes up to the end of the last whole record; what is behind was never finished, and is written over.
    let end: Int

    /// A record that the file's end cuts, or whose checksum is wrong and that is the last, was being written when its
    /// writer ended; it is left out. So are zeros at the end, which file systems leave. Anything else is damage.
    init(_ content: [UInt8], source: String) throws {
        guard content.count <= StoreContent.limit else {
            throw NeuroLiteError(.store, "\(source) has more than \(StoreContent.limit) bytes. Give a smaller store.")
        }
        let (header, start) = try StoreHeader.read(content, source: source)
        var memory = Memory(header)
        var place = start
        do {
            while let (record, end) = try StoreContent.record(content, at: place, dimension: header.dimension) {
                try memory.apply(record)
                place = end
            }
        } catch let error as MalformedError {
            let fix = "Restore a copy of it."
            throw NeuroLiteError(.store, "\(source) is damaged at byte \(place): \(error.what). \(fix)")
        }
        guard !memory.isFitted else {
            throw NeuroLiteError(
                .store,
                "\(source) was fitted (neurolite-learn fit), and an app answers by prototypes. "
                    + "Add an example by neurolite-learn, which ends the fit.")
        }
        self.memory = memory
        end = place
    }

    /// A record and where it ends; nil where nothing but an unfinished addition is left.
    private static func record(_ content: [UInt8], at place: Int, dimension: Int) throws -> (Record, Int)? {
        let start = place + 12
        guard start <= content.count else { return nil }
        var reader = ByteReader(content[place...])
        guard let length = reader.number(), let kind = reader.number(), let sum = reader.number() else { return nil }
        guard sum == Digest.crc32(content[place..<place + 8]) else {
            if content[place...].allSatisfy({ $0 == 0 }) { return nil }
            throw MalformedError(what: "the beginning of a record has a wrong checksum")
        }
        guard length <= Record.mostPayload else {
            throw MalformedError(what: "a record of more bytes than any can have")
        }
        guard let payload = reader.take(Int(length)), let check = reader.number() else { return nil }
        guard check == Digest.crc32(payload) else {
            if payload.endIndex + 4 == content.count { return nil }
            throw MalformedError(what: "a record has a wrong checksum")
        }
        return (try Record.read(kind: kind, payload: payload, dimension: dimension), payload.endIndex + 4)
    }
}
