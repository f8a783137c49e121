package import NIOCore

/// Undoes the encoding of one request's body, piece by piece as it comes and slice by slice as it is asked.
///
/// ```
/// (receive (next)*)* ─▶ finish
/// ```
/// It never unpacks more at once than it is asked for, nor more in all than its limit: a few bytes that stand for gigabytes
/// cost what a body of the largest size costs.
package final class BodyDecoder {
    /// Why a body cannot be decoded.
    package enum Fault: Error, Hashable, Sendable {
        /// It is larger than the limit.
        case tooLarge
        /// It is not what its header says, or ends too early.
        case broken(String)
    }

    private let inflater: any Inflater
    private let limit: Int
    private var input = ByteBuffer()
    private var unpacked = 0
    /// The last slice was full: there may be more without further input.
    private var holdsOutput = false

    /// - Parameter limit: the most bytes that the decoded body may have.
    package init(_ coding: ContentCoding, limit: Int) {
        self.limit = limit
        self.inflater =
            switch coding {
            case .gzip: GzipInflater()
            case .zstd: ZstdInflater(limit: limit)
            }
    }

    /// Takes a piece of the encoded body.
    package func receive(_ piece: ByteBuffer) {
        if self.input.readableBytes == 0 { self.input = piece } else { self.input.writeImmutableBuffer(piece) }
    }

    /// A slice of the decoded body.
    /// - Parameter most: how many bytes it may have; at least 1.
    /// - Returns: `nil` when everything that was received is decoded.
    package func next(atMost most: Int) throws(Fault) -> ByteBuffer? {
        var slice = ByteBuffer()
        // One byte of room beyond the limit tells a body that is too large from one that is just as large as it may be.
        let room = min(most, self.limit - self.unpacked + 1)
        while slice.readableBytes < room, self.input.readableBytes > 0 || self.holdsOutput {
            let before = (self.input.readableBytes, slice.readableBytes)
            try self.inflater.inflate(&self.input, into: &slice, atMost: room - slice.readableBytes)
            self.holdsOutput = slice.readableBytes == room
            if (self.input.readableBytes, slice.readableBytes) == before { break }
        }
        self.unpacked += slice.readableBytes
        guard self.unpacked <= self.limit else { throw .tooLarge }
        return slice.readableBytes > 0 ? slice : nil
    }

    /// The encoded body has ended, and everything that was received is decoded.
    /// - Throws: `broken` when it ended too early.
    package func finish() throws(Fault) {
        guard self.inflater.isAtEnd, self.input.readableBytes == 0 else {
            throw .broken("it ends before its end")
        }
    }
}

/// One library's way to undo an encoding.
protocol Inflater: AnyObject {
    /// Whether the data may end here.
    var isAtEnd: Bool { get }
    /// Reads of the input and appends to the output, until one of them is exhausted; may do less when called, but never
    /// nothing while there is something to do.
    func inflate(_ input: inout ByteBuffer, into output: inout ByteBuffer, atMost most: Int) throws(BodyDecoder.Fault)
}
