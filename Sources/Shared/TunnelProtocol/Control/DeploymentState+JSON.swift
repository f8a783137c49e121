extension ControlMessage.DeploymentState {
    /// Reads what is said; of a connector that does not say what its upstream can be asked for, Chat is known.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            name: try container.decode(String.self, forKey: .name),
            model: try container.decode(String.self, forKey: .model),
            upstream: try container.decode(String.self, forKey: .upstream),
            upstreamVersion: try container.decodeIfPresent(String.self, forKey: .upstreamVersion),
            dialects: try container.decodeIfPresent([String].self, forKey: .dialects) ?? ["chat"],
            contextLength: try container.decodeIfPresent(Int.self, forKey: .contextLength),
            slots: try container.decodeIfPresent(Int.self, forKey: .slots),
            busy: try container.decode(Int.self, forKey: .busy),
            queued: try container.decode(Int.self, forKey: .queued),
            others: try container.decodeIfPresent(Int.self, forKey: .others),
            loaded: try container.decodeIfPresent(Bool.self, forKey: .loaded),
            weight: try container.decodeIfPresent(Int.self, forKey: .weight),
            healthy: try container.decode(Bool.self, forKey: .healthy),
            reason: try container.decodeIfPresent(String.self, forKey: .reason)
        )
    }
}
