/// Whether a store and a model go together.
extension Learner {
    /// Of a new store for a model.
    static func header(
        _ metadata: Metadata, _ dimension: Int?, _ keepsTexts: Bool, _ settings: LearningSettings
    ) throws -> StoreHeader {
        guard metadata.outputs.contains("embedding") else {
            throw NeuroLiteError(.input, "\(metadata.name) has no output 'embedding', from which examples are learned.")
        }
        guard let modelID = metadata.modelID else {
            throw NeuroLiteError(.input, "\(metadata.name) does not name its encoder (model_id). Export it again.")
        }
        let length = dimension ?? metadata.embeddingSize
        let most = min(metadata.embeddingSize, Record.mostDimension)
        guard (1...most).contains(length) else {
            throw NeuroLiteError(.input, "dimension is \(length); give a number from 1 to \(most).")
        }
        let known = metadata.similarities.map(\.dimension)
        guard known.isEmpty || known.contains(length) else {
            let lengths = known.map(String.init).joined(separator: ", ")
            throw NeuroLiteError(.input, "dimension is \(length), but vectors are made to be cut to \(lengths).")
        }
        return StoreHeader(
            modelID: modelID, encoder: metadata.name, encoderDimension: metadata.embeddingSize, dimension: length,
            keepsTexts: keepsTexts, similarity: metadata.similarities.first { $0.dimension == length },
            ownFirst: !metadata.labels.isEmpty, settings: settings)
    }

    /// Refuses a store whose vectors are another encoder's.
    static func check(_ header: StoreHeader, _ metadata: Metadata, _ source: String) throws {
        guard header.modelID == metadata.modelID else {
            throw NeuroLiteError(
                .store,
                "\(source) holds vectors of the encoder \(header.encoder.prefix(40)) (\(header.modelID)), "
                    + "and the model is \(metadata.name): they do not compare. Use the model that it was taught with.")
        }
        guard header.encoderDimension == metadata.embeddingSize else {
            let (has, gives) = (header.encoderDimension, metadata.embeddingSize)
            throw NeuroLiteError(.store, "\(source) is of vectors of \(has) numbers, and the model gives \(gives).")
        }
    }
}
