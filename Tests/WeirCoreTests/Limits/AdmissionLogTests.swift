import Testing
import WeirCore

/// The log that a proof rests on.
@Suite struct AdmissionLogTests {
    private func record(_ number: Int) -> AdmissionRecord {
        AdmissionRecord(key: UInt64(number), microseconds: Int64(number), tokens: 1)
    }

    private func withRegion(records: Int, _ body: (UnsafeMutableRawBufferPointer) -> Void) {
        let region = UnsafeMutableRawBufferPointer.allocate(
            byteCount: AdmissionLog.byteCount(records), alignment: 64)
        region.initializeMemory(as: UInt8.self, repeating: 0)
        defer { region.deallocate() }
        body(region)
    }

    /// Appends to the log that lies in the memory; false where there is none.
    private func append(_ numbers: Range<Int>, to region: UnsafeMutableRawBufferPointer) -> Bool {
        guard var log = AdmissionLog(over: region) else { return false }
        for number in numbers { log.append(record(number)) }
        return true
    }

    private func content(
        _ region: UnsafeMutableRawBufferPointer
    ) -> (records: [AdmissionRecord], lost: Int)? {
        guard let log = AdmissionLog(over: region) else { return nil }
        return ((0..<log.count).map { log[$0] }, log.lost)
    }

    @Test func recordsAreThereForWhoeverMapsTheMemoryNext() {
        withRegion(records: 4) { region in
            let isAppended = append(0..<2, to: region) && append(2..<3, to: region)
            #expect(isAppended)
            let content = content(region)
            #expect(content?.records == [record(0), record(1), record(2)] && content?.lost == 0)
        }
    }

    @Test func aFullLogSaysHowMuchItLacks() {
        withRegion(records: 2) { region in
            let isAppended = append(0..<5, to: region)
            #expect(isAppended)
            let content = content(region)
            #expect(content?.records == [record(0), record(1)] && content?.lost == 3)
        }
    }

    @Test func memoryThatHoldsSomethingElseIsNoLog() {
        withRegion(records: 2) { region in
            region.storeBytes(of: 7, as: UInt64.self)
            #expect(content(region) == nil)
        }
        withRegion(records: 0) { #expect(content($0) == nil) }
    }

    @Test func aLimiterNotesWhatItSpendsAndNothingElse() throws {
        let harness = try LimiterHarness("all: 1/h burst 3 by ip")
        try withLog(of: harness) { log in
            for _ in 0..<5 { _ = try harness.check("ip=192.0.2.1") }
            #expect(log().map(\.tokens) == [1, 1, 1])
            #expect(Set(log().map(\.key)).count == 1 && log().allSatisfy { $0.flags == 0 })
            #expect(log().first?.microseconds == harness.now.microseconds)
            _ = try harness.check("ip=192.0.2.2")
            #expect(Set(log().map(\.key)).count == 2)
        }
    }

    private func withLog(
        of harness: LimiterHarness, _ body: (() -> [AdmissionRecord]) throws -> Void
    ) throws {
        var failure: (any Error)?
        withRegion(records: 64) { region in
            if let log = AdmissionLog(over: region) { harness.limiter.admissions = log }
            do { try body { content(region)?.records ?? [] } } catch { failure = error }
            harness.limiter.admissions = .off
        }
        if let failure { throw failure }
    }
}
