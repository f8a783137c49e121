/// A module of somebody else that only some rooms may import.
struct Fence: Sendable {
    var module: String
    /// The rooms that may.
    var rooms: Set<String>
    var reason: String

    private static let commands: Set<String> = ["RelayCommand", "ConnectorCommand"]
    private static let talking: Set<String> = [
        "TunnelTransport", "Ingress", "WebClient", "Administration", "Uplink", "Upstream", "RelayCommand",
        "ConnectorCommand",
    ]

    static let all = [
        Fence(module: "GRDB", rooms: ["SQLiteStore"], reason: "the database can be replaced in one place"),
        Fence(module: "GRDBSQLite", rooms: ["SQLiteStore"], reason: "its pointers are handled in one place"),
        Fence(
            module: "Hummingbird",
            rooms: ["Administration"],
            reason: "calls to models never pass a router of closures"
        ),
        Fence(module: "CZlib", rooms: ["ContentCoding"], reason: "its pointers are handled in one place"),
        Fence(module: "CZstd", rooms: ["ContentCoding"], reason: "its pointers are handled in one place"),
        Fence(module: "ArgumentParser", rooms: commands, reason: "flags are the programs' business"),
        Fence(module: "Yams", rooms: commands.union(["ConfigurationText"]), reason: "the rest takes plain values"),
        Fence(
            module: "UnixSignals",
            rooms: commands.union(["Signals"]),
            reason: "what a signal means is decided where a program is put together"
        ),
        Fence(
            module: "X509",
            rooms: commands,
            reason: "certificates are made and shown to people here, and judged by the TLS library alone"
        ),
        Fence(module: "NIOHTTP2", rooms: ["Ingress"], reason: "HTTP/2 is spoken with callers only"),
        Fence(module: "NIOWebSocket", rooms: ["Ingress"], reason: "WebSockets are spoken with callers only"),
        Fence(module: "NIOPosix", rooms: talking, reason: "sockets belong to the edges; the rest runs on any channel"),
        Fence(module: "NIOSSL", rooms: talking, reason: "sockets belong to the edges; the rest runs on any channel"),
        Fence(module: "NIOTLS", rooms: talking, reason: "sockets belong to the edges; the rest runs on any channel"),
        Fence(
            module: "NIOHTTP1",
            rooms: talking.union(["Gateway"]),
            reason: "HTTP is the edges' language; inside, a call is a value"
        ),
        Fence(
            module: "Foundation",
            rooms: commands.union(["SQLiteStore", "Administration"]),
            reason: "it is large and slow to start; FoundationEssentials has JSON and dates"
        ),
    ]
}
