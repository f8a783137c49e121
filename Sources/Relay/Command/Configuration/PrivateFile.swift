private import FoundationEssentials
private import Glibc

/// Files and directories whose mode matters from their first moment.
enum PrivateFile {
    /// A call of the system that failed.
    struct Failure: Error, CustomStringConvertible {
        /// What was tried, to which path, and the system's reason.
        let description: String

        init(_ action: String, _ path: String) {
            self.description = "cannot \(action) \(path): \(String(cString: strerror(errno)))"
        }
    }

    /// Makes the directory and those above it, with the given mode; one that exists stays as it is.
    static func makeDirectory(_ path: String, mode: UInt16 = 0o700) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: Int(mode)]
            )
        } catch {
            throw Failure("make the directory", path)
        }
    }

    /// Writes a whole file under another name and puts it in place, so that readers see all of it or none.
    static func write(_ text: String, to path: String, mode: UInt16 = 0o600) throws {
        let draft = path + ".new"
        _ = unlink(draft)
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode_t(mode))
        guard file >= 0 else { throw Failure("write", draft) }
        defer { _ = close(file) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { unistdWrite(file, $0) }
            guard count > 0 else { throw Failure("write", draft) }
            rest = rest.dropFirst(count)
        }
        guard fsync(file) == 0, rename(draft, path) == 0 else { throw Failure("write", path) }
    }

    /// Copies a file with its mode; the copy is on disk when this returns.
    static func copy(_ path: String, to copy: String) throws {
        do {
            try FileManager.default.copyItem(atPath: path, toPath: copy)
        } catch {
            throw Failure("copy", path)
        }
        let file = open(copy, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw Failure("read", copy) }
        defer { _ = close(file) }
        guard fsync(file) == 0 else { throw Failure("write", copy) }
    }
}

private func unistdWrite(_ file: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    write(file, bytes.baseAddress, bytes.count)
}
