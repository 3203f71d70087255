import Foundation

/// What cosines of vectors mean, cut to their first numbers and brought to length 1 again; docs/learning.md.
public struct Similarity: Equatable, Sendable {
    static let most = 1e4

    public let dimension: Int
    /// The mean cosine of two texts of one label.
    public let agreement: Double
    public let scale: Double
    public let offset: Double
    public let sharpness: Double
    /// A text whose scope score is below it better gets no answer.
    public let threshold: Double

    init?(dimension: Int, agreement: Double, scale: Double, offset: Double, sharpness: Double, threshold: Double) {
        guard (1..<1 << 31).contains(dimension), agreement > 0, agreement <= 1, scale > 0, scale <= Similarity.most,
            abs(offset) <= Similarity.most, sharpness > 0, sharpness <= Similarity.most, (0..<1).contains(threshold)
        else { return nil }
        self.dimension = dimension
        self.agreement = agreement
        self.scale = scale
        self.offset = offset
        self.sharpness = sharpness
        self.threshold = threshold
    }

    init?(json: JSON) {
        guard json.names.count == 6, let dimension = json["dimension"]?.int,
            let agreement = json["agreement"]?.double, let scale = json["scale"]?.double,
            let offset = json["offset"]?.double, let sharpness = json["sharpness"]?.double,
            let threshold = json["threshold"]?.double
        else { return nil }
        self.init(
            dimension: dimension, agreement: agreement, scale: scale, offset: offset, sharpness: sharpness,
            threshold: threshold)
    }

    var json: JSON {
        .object([
            "agreement": .double(agreement), "dimension": .int(dimension), "offset": .double(offset),
            "scale": .double(scale), "sharpness": .double(sharpness), "threshold": .double(threshold),
        ])
    }

    /// A cosine with a mean of so many texts as if it were with one text: means lie nearer to all others.
    static func steadied(_ cosine: Double, count: Double, agreement: Double) -> Double {
        cosine * (agreement + (1 - agreement) / max(count, 1)).squareRoot()
    }

    func inScope(_ steady: Double) -> Double { Scores.sigmoid(scale * steady + offset) }

    /// The first numbers of a vector, of length 1 again; zeros stay so.
    public static func cut(_ vector: [Float], to dimension: Int) -> [Float] {
        let short = vector.prefix(dimension)
        let length = short.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        return short.map { Float(Double($0) / max(length, 1e-12)) }
    }
}
