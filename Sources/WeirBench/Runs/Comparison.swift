/// Floor and agent under the same load, in turns.
package struct Comparison: Sendable {
    /// One server's rounds.
    package struct Side: Sendable {
        package private(set) var perSecond = Samples()
        package private(set) var microsecondsPerAnswer = Samples()
        package private(set) var serverShare = Samples()
        package private(set) var latencies = Latencies()

        package init() {}

        package mutating func add(_ result: LoadResult) {
            perSecond.add(result.perSecond)
            microsecondsPerAnswer.add(result.microsecondsPerAnswer)
            serverShare.add(result.serverShare)
            latencies.add(result.latencies)
        }
    }

    package var floor = Side()
    package var agent = Side()

    package init() {}

    /// The agent's answers per second by the floor's, pair by pair.
    package var ratio: Samples { agent.perSecond.ratios(to: floor.perSecond) }
    /// The agent's processor time for an answer by the floor's, pair by pair.
    package var processorRatio: Samples { agent.microsecondsPerAnswer.ratios(to: floor.microsecondsPerAnswer) }
}
