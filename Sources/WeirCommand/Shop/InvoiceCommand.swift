import ArgumentParser

/// `weir invoice`: what is to be paid?
struct InvoiceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "invoice", abstract: "List and show invoices.",
        subcommands: [InvoiceList.self, InvoiceShow.self, InvoicePreview.self])
}

struct InvoiceList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List invoices, in the order in which they were issued.",
        discussion: "Example:\n  weir invoice list --consumer 42 --state open")

    @Option(help: "Only those of a consumer.")
    var consumer: String?

    @Option(help: "Only those of a provider.")
    var provider: String?

    @Option(help: "Only those that are open, paid or credit.")
    var state: String?

    @OptionGroup var paging: ShopPaging
    @OptionGroup var output: ShopOutput

    func run() async throws {
        let rows = try await ShopClient().all(
            "/v1/invoices", [("consumer", consumer), ("provider", provider), ("state", state)], atMost: paging.limit)
        try output.show(
            rows,
            ["number", "consumer", "issued", "period_start", "period_end", "currency", "total", "unpaid", "state"],
            numbers: ["total", "unpaid"], none: "no invoices")
    }
}

/// How an invoice is shown.
struct InvoiceFormat: ParsableArguments {
    enum Form: String, CaseIterable, ExpressibleByArgument {
        case text, csv, json
    }

    @Option(help: "text, csv or json.")
    var format: Form = .text

    func show(_ path: String, none: String) async throws {
        let reply = try await ShopClient().get(path, [("format", format.rawValue)])
        if reply.text.isEmpty { return print(none) }
        print(reply.text, terminator: reply.text.hasSuffix("\n") ? "" : "\n")
    }
}

struct InvoiceShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show an invoice.",
        discussion: "Example:\n  weir invoice show ACME-000042 --format csv")

    @Argument(help: "The number of the invoice.")
    var number: String

    @OptionGroup var format: InvoiceFormat

    func run() async throws {
        try await format.show("/v1/invoices/\(ShopClient.escaped(number))", none: "")
    }
}

struct InvoicePreview: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview", abstract: "Show what a consumer's invoices would be now; nothing is issued.",
        discussion: "Example:\n  weir invoice preview 42")

    @Argument(help: "The id or external id of the consumer.")
    var consumer: String

    @OptionGroup var format: InvoiceFormat

    func run() async throws {
        try await format.show(
            "/v1/consumers/\(ShopClient.escaped(consumer))/invoice-preview", none: "nothing to be paid so far")
    }
}
