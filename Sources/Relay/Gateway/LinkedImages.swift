import Dialects
package import NIOCore
package import Vocabulary

/// Fetches images that stand in requests by their address.
package protocol ImageSource: Sendable {
    /// - Returns: the image's type, such as `image/png`, and its bytes.
    /// - Throws: `invalidRequest` with what is wrong with the image or its address.
    func image(at url: String) async throws(GatewayError) -> (type: String, bytes: ByteBuffer)
}

/// What is done about images that stand in requests by their address.
package struct LinkedImages: Sendable {
    private let source: (any ImageSource)?
    private let most: Int

    /// - Parameters:
    ///   - source: `nil` refuses them.
    ///   - most: how many one call may have.
    package init(source: (any ImageSource)?, most: Int) {
        self.source = source
        self.most = most
    }

    /// Whether some images may be asked for at all, before any is.
    /// - Throws: `invalidRequest` that names the field of the image at fault.
    func check(_ links: [Translation.LinkedImage]) throws(GatewayError) {
        _ = try self.source(for: links)
    }

    private func source(for links: [Translation.LinkedImage]) throws(GatewayError) -> any ImageSource {
        guard let source else {
            throw GatewayError(
                .invalidRequest,
                "This relay does not fetch images by their address. Send the image in base64, or have the relay's "
                    + "operator turn on images.fetch.",
                parameter: links.first?.parameter
            )
        }
        guard links.count <= self.most else {
            throw GatewayError(
                .invalidRequest,
                "The request has \(links.count) images by address; at most \(self.most) are fetched for one call.",
                parameter: links[self.most].parameter
            )
        }
        return source
    }

    /// Fetches some images at the same time.
    /// - Returns: type and bytes by address.
    /// - Throws: `invalidRequest` that names the field of the image at fault.
    func fetch(
        _ links: [Translation.LinkedImage]
    ) async throws(GatewayError) -> [String: (type: String, bytes: ByteBuffer)] {
        let source = try self.source(for: links)
        let results = await withTaskGroup { group in
            for link in links { group.addTask { (link.url, await Self.result(link, from: source)) } }
            var results: [String: Result<(type: String, bytes: ByteBuffer), GatewayError>] = [:]
            for await (url, result) in group {
                results[url] = result
                // One that is missing is enough to refuse the call.
                if case .failure = result { group.cancelAll() }
            }
            return results
        }
        var images: [String: (type: String, bytes: ByteBuffer)] = [:]
        for (url, result) in results { images[url] = try result.get() }
        return images
    }

    private static func result(
        _ link: Translation.LinkedImage,
        from source: any ImageSource
    ) async -> Result<(type: String, bytes: ByteBuffer), GatewayError> {
        do throws(GatewayError) {
            return .success(try await source.image(at: link.url))
        } catch {
            var error = error
            error.parameter = link.parameter
            return .failure(error)
        }
    }
}
