import Testing
import WeirAgent
import WeirCore

/// What an agent says of how complete its usage is.
@Suite struct UsagePromisesTests {
    private let run = Hash128(low: 1, high: 2)

    @Test func anHourIsPromisedOnceWhenItsSegmentsAreDelivered() {
        var promises = UsagePromises()
        // That this run is there comes first.
        #expect(promises.hasNews && promises.header == nil)
        promises.told(promises.header)
        #expect(!promises.hasNews)
        promises.delivered(before: 500_000)
        #expect(promises.hasNews && promises.header == "1800000000")
        promises.told(promises.header)
        promises.delivered(before: 499_999)
        #expect(!promises.hasNews && promises.header == "1800000000")
    }

    @Test func earlierRunsAreEndedOnceUntilMoreOfThemIsFound() {
        var promises = UsagePromises()
        #expect(!promises.hasEndedOthers && promises.isToEnd(run))
        promises.ended(run)
        promises.endedOthers()
        #expect(promises.hasEndedOthers && !promises.isToEnd(run))
        promises.heardOfOthers()
        #expect(!promises.hasEndedOthers && !promises.isToEnd(run))
    }

    @Test func nothingHoldsAfterTheCollectorHasForgotten() {
        var promises = UsagePromises()
        promises.delivered(before: 500_000)
        promises.told(promises.header)
        promises.ended(run)
        promises.forget()
        #expect(promises.header == nil && promises.hasNews && promises.isToEnd(run))
    }
}
