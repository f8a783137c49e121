package import Gateway
package import Logging
package import NIOCore

/// What all connections of the relay share.
package struct Site: Sendable {
    package let gateway: Gateway
    package let tunnels: TunnelAdmission
    package let configuration: IngressConfiguration
    package let pages: any SitePages
    /// `nil` where the relay is not administered over its public port.
    package let administration: (any AdministrationResponder)?
    package let logger: Logger
    /// What there is room for.
    let capacity: Capacity

    package init(
        gateway: Gateway,
        tunnels: TunnelAdmission,
        configuration: IngressConfiguration,
        pages: any SitePages,
        administration: (any AdministrationResponder)? = nil,
        logger: Logger
    ) {
        self.gateway = gateway
        self.tunnels = tunnels
        self.configuration = configuration
        self.pages = pages
        self.administration = administration
        self.logger = logger
        self.capacity = Capacity(configuration)
    }
}

/// What telemetry and others show on the relay's own pages.
package protocol SitePages: Sendable {
    /// Metrics in Prometheus' text format.
    func metrics() -> ByteBuffer
}
