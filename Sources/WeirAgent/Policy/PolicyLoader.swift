import Glibc
import WeirCalendar
import WeirCore
import WeirJournal

/// Reads the policy from its sources: `WEIR_LIMITS` and the file of `WEIR_POLICY`, or the default where neither is set.
struct PolicyLoader: Sendable {
    let limits: String
    /// The file's path; empty for none.
    let path: String
    /// The rule that stands when nothing is given.
    let fallback: String
    /// Knows the time zones.
    let almanac: ZoneAlmanac

    /// What tells one state of the file from another, links followed: a rename, a swapped link and a write all show.
    struct Identity: Equatable, Sendable {
        var device: UInt64
        var inode: UInt64
        var size: Int
        var modified: Int
        var modifiedNanoseconds: Int
        var changed: Int
        var changedNanoseconds: Int
    }

    /// Nil when the file is not there.
    func identity() -> Identity? {
        var info = stat()
        guard stat(path, &info) == 0 else { return nil }
        return Identity(
            device: UInt64(info.st_dev), inode: UInt64(info.st_ino), size: Int(info.st_size),
            modified: info.st_mtim.tv_sec,
            modifiedNanoseconds: info.st_mtim.tv_nsec, changed: info.st_ctim.tv_sec,
            changedNanoseconds: info.st_ctim.tv_nsec)
    }

    /// Reads and checks all sources together.
    ///
    /// - Throws: every error of every source; a file that cannot be read is one.
    func load() throws(PolicyErrors) -> Policy {
        var sources: [PolicySource] = []
        var unreadable: [PolicyError] = []
        if !limits.isEmpty { sources.append(PolicySource(name: "WEIR_LIMITS", text: limits)) }
        if !path.isEmpty {
            do throws(PolicyErrors) {
                sources.append(PolicySource(name: path, text: try readFile()))
            } catch {
                unreadable = error.errors
            }
        }
        if sources.isEmpty, unreadable.isEmpty { sources.append(PolicySource(name: "default", text: fallback)) }
        do throws(PolicyErrors) {
            let policy = try Policy(sources, almanac: almanac)
            guard unreadable.isEmpty else { throw PolicyErrors(unreadable) }
            return policy
        } catch {
            throw PolicyErrors(
                unreadable.isEmpty || error.errors == unreadable ? error.errors : error.errors + unreadable)
        }
    }

    private func readFile() throws(PolicyErrors) -> String {
        let start = SourcePosition(line: 1, column: 1)
        let number = open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else {
            throw PolicyErrors([PolicyError(at: start, "cannot read the file: \(reason())", source: path)])
        }
        let file = Descriptor(owning: number)
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try file.readAll(path: path, limit: Policy.maximumTextBytes + 1)
        } catch {
            throw PolicyErrors([PolicyError(at: start, error.description, source: path)])
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw PolicyErrors([PolicyError(at: start, "expected UTF-8 text", source: path)])
        }
        return text
    }
}
