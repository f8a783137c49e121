private import HTTPTypes
internal import Hummingbird

extension AdministrationService {
    /// Everything that the API can be asked for.
    var operations: [Operation] {
        self.deploymentOperations + self.keyOperations + self.tokenOperations + self.userOperations
            + self.groupOperations + self.relayOperations + self.sessionOperations + self.ownOperations
            + self.adminTokenOperations + self.auditOperations + self.moneyOperations
    }

    /// Every route of the API.
    func router() -> Router<AdministrationContext> {
        let operations = self.operations
        let router = Router(context: AdministrationContext.self)
        router.add(middleware: ProblemMiddleware(operations: operations, logger: self.logger))
        for operation in operations {
            router.on(RouterPath("\(AdministrationAPI.basePath)/\(operation.path)"), method: operation.method) {
                try await self.perform(operation, $0, $1)
            }
        }
        return router
    }

    /// What the router really has: methods and paths below the base, such as `GET /keys/{key}`.
    var routes: [String] {
        self.router().routes.map { route in
            "\(route.method.rawValue) \(route.path.description.dropFirst(AdministrationAPI.basePath.count))"
        }
    }
}
