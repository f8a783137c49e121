internal import Hummingbird

/// What Hummingbird keeps for one request.
struct AdministrationContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    var maxUploadSize: Int { AdministrationAPI.bodyLimit }

    init(source: ApplicationRequestContextSource) {
        self.coreContext = CoreRequestContextStorage(source: source)
    }

    /// The part of the path that stands for a name or an id, decoded.
    func name(_ parameter: String) throws(Problem) -> String {
        guard let name = self.parameters.get(parameter).flatMap({ PathSegment.decode($0) }),
            !name.isEmpty
        else {
            throw Problem(
                .badRequest,
                "The path does not name a \(parameter) in UTF-8 with whole percent escapes."
            )
        }
        return name
    }
}
