/// What samples say, as `neurolite-bench` has it: percentiles are interpolated linearly.
public struct Statistics: Equatable, Sendable {
    public let runs: Int
    public let p50: Double
    public let p90: Double
    public let p99: Double
    public let mean: Double
    /// Of a sample (n - 1); 0 of one.
    public let deviation: Double
    public let min: Double
    public let max: Double

    /// Of times in nanoseconds, in milliseconds; nil of none.
    public init?(nanoseconds: [Int]) {
        guard !nanoseconds.isEmpty else { return nil }
        let sorted = nanoseconds.map { Double($0) / 1e6 }.sorted()
        let mean = sorted.reduce(0, +) / Double(sorted.count)
        let squares = sorted.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        runs = sorted.count
        p50 = Statistics.percentile(sorted, 0.5)
        p90 = Statistics.percentile(sorted, 0.9)
        p99 = Statistics.percentile(sorted, 0.99)
        self.mean = mean
        deviation = sorted.count > 1 ? (squares / Double(sorted.count - 1)).squareRoot() : 0
        min = sorted[0]
        max = sorted[sorted.count - 1]
    }

    /// Between the two sorted values that a share of all lies between.
    static func percentile(_ sorted: [Double], _ share: Double) -> Double {
        let place = share * Double(sorted.count - 1)
        let low = Int(place)
        let high = Swift.min(low + 1, sorted.count - 1)
        return sorted[low] + (place - Double(low)) * (sorted[high] - sorted[low])
    }
}
