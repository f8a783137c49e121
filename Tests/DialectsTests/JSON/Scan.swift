import NIOCore

@testable import Dialects

/// What a scanner told of a text, and what was wrong with it.
struct Scan: Equatable {
    private(set) var told: [String] = []
    private(set) var texts: [String] = []
    private(set) var fault: JSONFault?

    /// Scans a text that comes in pieces; every string's text is asked for, or none.
    init(_ pieces: [[UInt8]], wantsText: Bool = true) {
        var scanner = JSONScanner()
        var recorder = Recorder(wantsText: wantsText)
        for piece in pieces { scanner.scan(ByteBuffer(bytes: piece), &recorder) }
        self.fault = scanner.finish(&recorder)
        self.told = recorder.told
        self.texts = recorder.texts
    }

    init(_ text: String, wantsText: Bool = true) {
        self.init([Array(text.utf8)], wantsText: wantsText)
    }

    /// A text cut in two.
    init(_ bytes: [UInt8], cutAt index: Int) {
        self.init([Array(bytes[..<index]), Array(bytes[index...])])
    }

    var isAccepted: Bool { self.fault == nil }

    private struct Recorder: JSONScannerDelegate {
        let wantsText: Bool
        var told: [String] = []
        var texts: [String] = []

        mutating func begin(key: Span<UInt8>, depth: Int, kind: JSONScanner.Kind, at offset: Int) -> Bool {
            self.told.append("\(depth) «\(key.text)» \(kind) @\(offset)")
            return self.wantsText
        }

        mutating func end(depth: Int, at offset: Int, text: [UInt8]?) {
            self.told.append("\(depth) end @\(offset)")
            if let text { self.texts.append(String(decoding: text, as: UTF8.self)) }
        }

        mutating func element(depth: Int) {
            self.told.append("\(depth) element")
        }
    }
}
