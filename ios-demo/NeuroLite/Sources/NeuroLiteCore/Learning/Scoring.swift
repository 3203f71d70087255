/// What a store's examples say of a text's vector, by their prototypes.
struct Scored {
    /// Numbers of the labels that have examples, in order.
    let labels: [Int]
    /// The highest is the answer, of equals the first.
    let scores: [Double]
    /// nil where nothing says how sure to be.
    let probabilities: [Double]?
    let inScope: Double?

    var best: Int { scores.placeOfGreatest ?? 0 }

    /// nil of a store without examples.
    init?(_ memory: inout Memory, _ vector: [Float]) {
        guard memory.count > 0 else { return nil }
        let similarity = memory.similarity()
        let exact = vector.map(Double.init)
        labels = memory.usedLabels
        var near: [Double] = []
        for label in labels {
            let own = memory.prototypes(of: label)
            let steady = zip(own.means, own.counts).map { mean, count in
                Similarity.steadied(
                    Prototypes.dot(Prototypes.unit(mean), exact), count: count, agreement: similarity?.agreement ?? 1)
            }
            near.append(steady.max() ?? -.infinity)
        }
        scores = near
        probabilities = similarity.map { known in Scores.softmax(near.map { known.sharpness * $0 }) }
        inScope = similarity.map { $0.inScope(near.max() ?? 0) }
    }
}
