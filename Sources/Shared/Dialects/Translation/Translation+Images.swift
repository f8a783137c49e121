package import NIOCore

extension Translation {
    /// An image that stands in a request by its address.
    package struct LinkedImage: Hashable, Sendable {
        package var url: String
        /// The field that names it, as the dialect's errors spell it.
        package var parameter: String

        package init(url: String, parameter: String) {
            self.url = url
            self.parameter = parameter
        }
    }

    /// The images that must be fetched, each address once, in the order of the conversation.
    package var linkedImages: [LinkedImage] {
        var seen: Set<String> = []
        var images: [LinkedImage] = []
        for case .linkedImage(let url, _, let parameter) in self.request.conversation?.messages.flatMap(\.parts) ?? []
        where seen.insert(url).inserted {
            images.append(LinkedImage(url: url, parameter: parameter))
        }
        return images
    }

    /// Whether there are any.
    package var hasLinkedImages: Bool {
        self.request.conversation?.messages.contains { message in
            message.parts.contains { if case .linkedImage = $0 { true } else { false } }
        } == true
    }

    /// Puts fetched images into the places of their addresses.
    /// - Parameter images: type and bytes by address.
    package mutating func embed(_ images: [String: (type: String, bytes: ByteBuffer)]) {
        // A server that is asked natively would get the addresses.
        if !images.isEmpty { self.native = nil }
        let urls = images.mapValues { "data:\($0.type);base64,\(Base64Text.encoded($0.bytes))" }
        self.request.changeMessages { message in
            message.parts = message.parts.map { part in
                guard case .linkedImage(let link, let detail, _) = part, let url = urls[link] else { return part }
                return .image(url: url, detail: detail)
            }
        }
    }
}
