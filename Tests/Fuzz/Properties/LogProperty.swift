import WeirCore

#if canImport(WeirDoors)
import WeirDoors
#else
import WeirAgent
#endif

/// A line of an access log is read or refused, the same way again; what it tells lies in it, and is counted whatever it says.
enum LogProperty {
    nonisolated(unsafe) private static let room = UnsafeMutableRawBufferPointer.allocate(
        byteCount: 65_535, alignment: 64)

    static func check(_ input: [UInt8]) {
        let input = input.prefix(room.count)
        let first = read(input)
        precondition(first == read(input), "another line of the same bytes")
        _ = LogQuote.quote(UnsafeRawBufferPointer(rebasing: room[..<input.count]))
        guard case .success(let line) = first else { return }
        precondition((100...599).contains(line.response.status), "a status that is none")
        precondition(line.response.bytesIn < 1 << 62 && line.response.bytesOut < 1 << 62, "more bytes than there are")
        for range in [line.apiKey, line.ip, line.method, line.path, line.host, line.user] {
            precondition(range.range.upperBound <= input.count, "a text beyond the line")
        }
        let fuzz = FuzzLimiter.shared
        fuzz.pass()
        let bytes = UnsafeRawBufferPointer(rebasing: room[..<input.count])
        _ = LogDoor.count(line, in: bytes.bytes, &fuzz.limiter, now: fuzz.now)
    }

    private static func read(_ input: ArraySlice<UInt8>) -> Result<LogLine, LogFlaw> {
        input.withUnsafeBytes { room.copyMemory(from: $0) }
        do throws(LogFlaw) {
            return .success(try LogLineReader.read(UnsafeMutableRawBufferPointer(rebasing: room[..<input.count])))
        } catch {
            precondition((0...input.count).contains(error.offset), "a flaw beyond the line")
            return .failure(error)
        }
    }
}
