import Foundation

/// Standard input as lines of any bytes, as they come; a mark of byte order before the first is no part of it.
struct Lines: Sequence, IteratorProtocol {
    private var pending = Data()
    private var isAtEnd = false
    private var isFirst = true

    mutating func next() -> [UInt8]? {
        while true {
            if let end = pending.firstIndex(of: 0x0A) {
                let line = pending[pending.startIndex..<end]
                pending = Data(pending[(end + 1)...])
                return cleaned(line)
            }
            if isAtEnd {
                guard !pending.isEmpty else { return nil }
                let line = pending
                pending = Data()
                return cleaned(line)
            }
            let more = FileHandle.standardInput.availableData
            isAtEnd = more.isEmpty
            pending.append(more)
        }
    }

    private mutating func cleaned(_ line: Data) -> [UInt8] {
        var found = Array(line)
        if found.last == 0x0D { found.removeLast() }
        if isFirst, found.starts(with: [0xEF, 0xBB, 0xBF]) { found.removeFirst(3) }
        isFirst = false
        return found
    }
}
