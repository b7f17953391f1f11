import Testing
import WeirCore

/// What the limiter counts, in which cell, and what outlives it.
@Suite struct UsageTests {
    @Test func eachOutcomeHasItsCell() throws {
        let harness = try LimiterHarness("default: 2/min by ip; no: deny 401 when no api_key path=/v1/*")
        _ = try harness.allowed(3, "ip=192.0.2.1 consumer=acme plan=pro", cost: 1)
        _ = try harness.check("ip=192.0.2.2 path=/v1/x")
        #expect(
            harness.cells() == [
                "0/admitted/acme/pro///": Totals(calls: 2, units: 2), "0/denied-rate/acme/pro///": Totals(calls: 1),
                "0/denied-key-missing/////": Totals(calls: 1),
            ])
    }

    @Test func aKeyIsCountedByItsHashAndNeverRaw() throws {
        let harness = try LimiterHarness("default: 9/min by api_key")
        _ = try harness.check("api_key=secret-one")
        _ = try harness.check("api_key=secret-one")
        _ = try harness.check("api_key=secret-two")
        let names = harness.cells()
        #expect(names.count == 2)
        #expect(names.values.map(\.calls).sorted() == [1, 2])
        for name in names.keys {
            #expect(!name.contains("secret"))
            #expect(name.contains("/hash:"))
        }
        // Another agent of the same fleet names the key alike.
        let other = try LimiterHarness("default: 5/s")
        _ = try other.check("api_key=secret-one")
        #expect(names.keys.contains(try #require(other.cells().keys.first)))
    }

    @Test func hoursAreApartAndNeverGoBackBehindAFinalOne() throws {
        let harness = try LimiterHarness("default: 100/s")
        _ = try harness.check("user=u")
        harness.hour += 1
        _ = try harness.check("user=u")
        harness.hour -= 1
        _ = try harness.check("user=u")
        harness.limiter.usage.close(before: harness.hour + 1)
        _ = try harness.check("user=u")
        #expect(
            harness.cells() == [
                "0/admitted/////": Totals(calls: 2, units: 2), "1/admitted/////": Totals(calls: 2, units: 2),
            ])
    }

    // MARK: Reports

    @Test func aReportCountsItsClassInTheChecksHour() throws {
        let harness = try LimiterHarness("default: 100/s burst 1000")
        let first = try harness.check("user=u", cost: 7).ticket
        let second = try harness.check("user=u", cost: 3).ticket
        harness.hour += 1
        #expect(
            harness.report(Report(ticket: first, status: 200, bytesIn: 10, bytesOut: 100)) == .accepted)
        #expect(harness.report(Report(ticket: second, status: 503, bytesOut: 5, cost: 1)) == .accepted)
        #expect(
            harness.cells() == [
                "0/admitted/////": Totals(calls: 2, units: 10), "0/resolved/////": Totals(calls: 2, units: 10),
                "0/2xx/////": Totals(calls: 1, bytesIn: 10, bytesOut: 100, units: 7),
                "0/5xx/////": Totals(calls: 1, bytesIn: 0, bytesOut: 5, units: 1),
            ])
    }

    @Test func aReportCountsOnceAndOnlyWithARealTicket() throws {
        let harness = try LimiterHarness("default: 100/s")
        let ticket = try harness.check("user=u").ticket
        #expect(harness.report(Report(ticket: ticket, status: 200)) == .accepted)
        #expect(harness.report(Report(ticket: ticket, status: 500)) == .repeated)
        var forged = ticket
        forged.units = 1_000
        #expect(harness.report(Report(ticket: forged, status: 200)) == .unknown)
        forged = ticket
        forged.serial += 1
        #expect(harness.report(Report(ticket: forged, status: 200)) == .unknown)
        #expect(harness.report(Report(ticket: .none, status: 200)) == .unknown)
        let other = try LimiterHarness("default: 100/s")
        _ = try other.check("user=u")
        #expect(harness.cells().count == 3)
    }

    @Test func aReportBehindTheDeadlineIsLateAndNothingReopens() throws {
        let harness = try LimiterHarness("default: 100/s")
        let ticket = try harness.check("consumer=acme").ticket
        let freed = try harness.check("consumer=gone").ticket
        harness.hour += 1
        harness.limiter.usage.close(before: harness.hour)
        let before = harness.cells()
        #expect(harness.report(Report(ticket: ticket, status: 200, bytesOut: 9)) == .late)
        #expect(harness.cells()["1/late/acme////"] == Totals(calls: 1, bytesOut: 9, units: 1))
        for (name, totals) in before { #expect(harness.cells()[name] == totals) }
        // Once its cell is freed, nobody knows whom it was for; the amount is kept.
        var start: Int? = 0
        var final: [UInt32] = []
        while let from = start {
            start = harness.limiter.usage.forEachCell(before: harness.hour, from: from) { slot, _ in
                final.append(slot)
            }
        }
        for slot in final { harness.limiter.usage.finalise(slot) }
        harness.limiter.usage.free(from: 0, count: harness.limiter.usage.slotCount)
        #expect(harness.report(Report(ticket: freed, status: 200, bytesOut: 4)) == .late)
        #expect(harness.cells()["1/late///other//"] == Totals(calls: 1, bytesOut: 4, units: 1))
    }

    @Test func reportsOfManyTicketsAgoAreRefusedNotCountedTwice() throws {
        var book = TicketBook(secret: Hash128(low: 5, high: 6))
        let first = book.issue(cell: 1, hour: 2, units: 3)
        for _ in 0..<TicketBook.window { _ = book.issue(cell: 1, hour: 2, units: 3) }
        let newest = book.issue(cell: 1, hour: 2, units: 3)
        #expect(claim(first, &book) == .unknown)
        #expect(claim(newest, &book) == .first)
        #expect(claim(newest, &book) == .repeated)
    }

    @Test func aLongerDeadlineRemembersMoreTickets() {
        #expect(TicketBook.window(reportSeconds: 600) == TicketBook.window)
        #expect(TicketBook.window(reportSeconds: 3_600) == 1 << 27)
        var book = TicketBook(secret: Hash128(low: 5, high: 6), window: 1 << 10)
        let first = book.issue(cell: 1, hour: 2, units: 3)
        for _ in 0..<900 { _ = book.issue(cell: 1, hour: 2, units: 3) }
        #expect(claim(first, &book) == .first)
        #expect(claim(first, &book) == .repeated)
        for _ in 0..<100 { _ = book.issue(cell: 1, hour: 2, units: 3) }
        #expect(claim(first, &book) == .unknown)
    }

    private func claim(_ ticket: Ticket, _ book: inout TicketBook) -> TicketBook.Claim { book.claim(ticket) }

    // MARK: Room

    @Test func keysBeyondAnHoursMaximumCountAsOtherAndNothingIsLost() throws {
        let harness = try LimiterHarness("all: 100k/s; shop: route /shop* of shop", maximumKeys: 50)
        for key in 0..<80 { _ = try harness.check("api_key=k\(key) path=/shop") }
        for key in 0..<80 { _ = try harness.check("api_key=k\(key) path=/shop") }
        let cells = harness.cells()
        #expect(cells["0/admitted///other/shop/shop"] == Totals(calls: 60, units: 60))
        #expect(cells.count == 51)
        #expect(cells.values.reduce(0) { $0 + $1.calls } == 160)
        #expect(harness.limiter.usage.othered == 60)
        // The next hour has its own maximum.
        harness.hour += 1
        for key in 0..<50 { _ = try harness.check("api_key=n\(key) path=/shop") }
        #expect(harness.limiter.usage.othered == 60)
    }

    @Test func whenEverySlotIsTakenTheAmountIsStillKept() throws {
        let harness = try LimiterHarness("all: 1M/s", maximumKeys: 20)
        var calls: UInt64 = 0
        for hour in 0..<200 {
            harness.hour = 500_000 + UInt32(hour)
            for key in 0..<25 {
                _ = try harness.check(
                    "api_key=k\(key) route=r\(key) consumer=\(String(repeating: "c", count: 250))\(key)")
                calls += 1
            }
        }
        #expect(harness.cells().values.reduce(0) { $0 + $1.calls } == calls)
    }

    @Test func freeingFinalCellsMakesRoomForNewOnes() throws {
        let harness = try LimiterHarness("all: 1M/s", maximumKeys: 30)
        let (slots, blocks) = (harness.limiter.usage.slotCount, harness.limiter.usage.freeBlockCount)
        for hour in 0..<60 {
            harness.hour = 500_000 + UInt32(hour)
            for key in 0..<30 { _ = try harness.check("api_key=k\(hour).\(key)") }
            harness.limiter.usage.close(before: harness.hour)
            var start: Int? = 0
            var final: [UInt32] = []
            while let from = start {
                start = harness.limiter.usage.forEachCell(before: harness.hour, from: from) { slot, _ in
                    final.append(slot)
                }
            }
            for slot in final { harness.limiter.usage.finalise(slot) }
            harness.limiter.usage.free(from: 0, count: slots)
            #expect(harness.cells().count == 30)
        }
        #expect(harness.limiter.usage.othered == 0)
        #expect(harness.limiter.usage.freeBlockCount == blocks - 60)
    }

    @Test func valuesThatAreTooLongAreCountedByTheirHash() throws {
        let harness = try LimiterHarness("all: 1M/s")
        let long = String(repeating: "x", count: 300)
        _ = try harness.check("consumer=\(long)")
        _ = try harness.check("consumer=\(long)y")
        #expect(harness.cells().keys.allSatisfy { $0.contains("/hash:") })
        #expect(harness.cells().count == 2)
    }

    // MARK: Sealing and recovery

    @Test func changedCellsAreTakenOnceForEachUse() throws {
        let harness = try LimiterHarness("all: 1M/s")
        for key in 0..<10 { _ = try harness.check("api_key=k\(key)") }
        func take(_ change: UsageTable.Change, _ limit: Int = 100) -> Int {
            var count = 0
            var start: Int? = 0
            while let from = start, count < limit {
                start = harness.limiter.usage.takeChanged(change, from: from, limit: limit) { _, _, _ in count += 1 }
            }
            return count
        }
        #expect(take(.unsealed, 4) == 4)
        #expect(take(.unsealed) == 6)
        #expect(take(.unsealed) == 0)
        #expect(take(.unsent) == 10)
        _ = try harness.check("api_key=k3")
        #expect(take(.unsealed) == 1)
        harness.limiter.usage.putBack(0, .unsent)
        #expect(take(.unsent) == 2)
        #expect(harness.limiter.usage.putBack(.unsealed, from: 0, scan: .max / 2) == nil)
        #expect(take(.unsealed) == 10)
    }

    @Test func aNewIncarnationRecoversEveryCell() throws {
        let harness = try LimiterHarness("all: 1M/s; r: route /a* of p")
        for key in 0..<40 { _ = try harness.check("api_key=k\(key) path=/a consumer=c\(key)", cost: UInt32(key)) }
        let cells = harness.recovered()
        #expect(cells.count == 40)
        for cell in cells {
            let key = try #require(Int(cell.dimensions.consumer.dropFirst()))
            #expect(cell.totals == Totals(calls: 1, units: UInt64(key)))
            #expect(cell.dimensions.product == "p")
            #expect(cell.dimensions.route == "r")
            #expect(cell.outcome == .admitted)
            #expect(cell.hour == 500_000)
        }
    }

    /// Any byte of a slot's identity or of its dictionary entry that is flipped is found out; totals have no checksum,
    /// as they change.
    @Test func aDamagedSlotIsToldFromAWholeOne() throws {
        let harness = try LimiterHarness("all: 1M/s", maximumKeys: 64)
        _ = try harness.check("api_key=k consumer=acme")
        let slots = UsageTable.slotCount(64) * 64
        func damaged(_ offset: Int) throws -> Int {
            harness.flip(offset)
            defer { harness.flip(offset) }
            return harness.damagedCount()
        }
        #expect(harness.damagedCount() == 0)
        for offset in 32..<60 { #expect(try damaged(offset) == 1, "slot byte \(offset)") }
        // The entry is a chain of two blocks, of which the tail was taken first.
        for offset in [0, 4, 6, 8, 12, 20, 40, 63] {
            #expect(try damaged(slots + 64 + offset) == 1, "head byte \(offset)")
        }
        for offset in [6, 12, 20] { #expect(try damaged(slots + offset) == 1, "tail byte \(offset)") }
    }
}
