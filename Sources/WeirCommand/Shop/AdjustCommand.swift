import ArgumentParser

/// `weir adjust`: a balance is corrected.
struct AdjustCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adjust", abstract: "Correct what a consumer may still use, either way.",
        discussion: """
            The same --order again changes nothing, however often. What agents hold is not taken.

            Examples:
              weir adjust 42 grt_01m8… 500 --reason "an outage" --order ticket-17
              weir adjust 42 grt_01m8… -- -2.50 --reason "credited twice" --order ticket-18
            """)

    @OptionGroup var target: AdjustedGrant

    @Argument(help: "Calls, bytes or money; below 0 to take.")
    var amount: String

    @OptionGroup var output: ShopOutput

    func run() async throws {
        try OrderOutput.show(
            try await ShopClient().post("/v1/adjustments", target.body(amount)), output)
    }
}
