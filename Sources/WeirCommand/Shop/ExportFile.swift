import Foundation
import Glibc

/// A file that is there whole, or as it was before: written beside its place, and moved there when everything is on the disk.
final class ExportFile {
    private let path: String
    private let draft: String
    private let handle: FileHandle

    init(_ path: String) throws {
        self.path = path
        draft = path + ".part"
        // Usage is nobody else's business.
        guard FileManager.default.createFile(atPath: draft, contents: nil, attributes: [.posixPermissions: 0o600]),
            let handle = FileHandle(forWritingAtPath: draft)
        else { throw CommandFailure.noAnswer("cannot write \(draft): \(String(cString: strerror(errno)))") }
        self.handle = handle
    }

    func append(_ text: String) throws {
        do {
            try handle.write(contentsOf: Data(text.utf8))
        } catch {
            throw CommandFailure.noAnswer("cannot write \(draft): \(error.localizedDescription)")
        }
    }

    func finish() throws {
        guard fsync(handle.fileDescriptor) == 0, rename(draft, path) == 0 else {
            throw CommandFailure.noAnswer("cannot write \(path): \(String(cString: strerror(errno)))")
        }
        try? handle.close()
        let folder = open((path as NSString).deletingLastPathComponent.orCurrent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return }
        _ = fsync(folder)
        _ = close(folder)
    }
}

extension String {
    fileprivate var orCurrent: String { isEmpty ? "." : self }
}
