package import Accounts
package import Vocabulary

/// A deployment as a caller sees it.
package struct VisibleDeployment: Sendable {
    package let deployment: Deployment
    /// What it is called in lists.
    package let name: DeploymentName
    /// What it can be called by too.
    package let otherNames: [DeploymentName]

    init(_ deployment: Deployment, as name: DeploymentName? = nil, otherNames: [DeploymentName] = []) {
        self.deployment = deployment
        self.name = name ?? deployment.name
        self.otherNames = otherNames
    }
}
