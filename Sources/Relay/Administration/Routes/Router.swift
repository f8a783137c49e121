internal import Hummingbird

extension AdministrationService {
    /// Every route of the API.
    func router() -> Router<AdministrationContext> {
        let router = Router(context: AdministrationContext.self)
        router.add(middleware: ProblemMiddleware(logger: self.logger))
        let api = router.group(RouterPath(AdministrationAPI.basePath))
        self.addDeployments(to: api.group("deployments"))
        self.addKeys(to: api.group("keys"))
        self.addTokens(to: api.group("tokens"))
        self.addUsers(to: api.group("users"))
        self.addGroups(to: api.group("groups"))
        self.addLimits(to: api.group("limits"))
        api.get("status") { [status] _, _ in
            try Response.json(await status.status())
        }
        return router
    }
}
