import FoundationEssentials
import HTTPTypes
import Hummingbird
import WeirBilling
import WeirStore

/// Invoices: lists, one of them in three forms, what one would be now, and how a line came about.
struct InvoiceEndpoints: Sendable {
    let store: InvoiceStore
    let now: @Sendable () -> Date

    var all: [Endpoint] { [Self.list, shown, previewed, Self.explained] }

    private static let list = Endpoint.list(
        "/v1/invoices", "listInvoices", "List invoices, in the order in which they were issued", Endpoint.readers,
        query: [
            Field(optional: "consumer", .reference, "only those of a consumer"),
            Field(optional: "provider", .reference, "only those of a provider"),
            Field(optional: "state", .choice(InvoiceView.states), "only those that are to be paid, or are not"),
        ], of: InvoiceView.fields
    ) { call, catalogue throws(StoreError) in
        var filter = Invoices.Filter()
        if let asked = call.query.text("consumer") {
            filter.consumer = try catalogue.consumer(asked, field: "consumer").id
        }
        filter.consumer = try call.principal.consumer(filter.consumer)
        if let asked = call.query.text("provider") {
            filter.provider = try catalogue.provider(asked, field: "provider").id
        }
        if call.principal.scope == .provider {
            if let provider = filter.provider { try call.principal.require(provider: provider) }
            filter.provider = call.principal.subject
        }
        filter.state = call.query.text("state").flatMap(InvoiceSummary.State.init(rawValue:))
        let rows = try Invoices(catalogue).list(filter, after: call.place, limit: call.limit + 1)
        return call.page(rows, place: \.id, InvoiceView.json)
    }

    private static let explained = Endpoint.show(
        "/v1/invoices/{invoice}/lines/{line}/explanation", "explainLine",
        "Compute a line again, from its hours, its plan and its price", Endpoint.readers, InvoiceView.explanationFields
    ) { call, catalogue throws(StoreError) in
        let invoices = Invoices(catalogue)
        let stored = try invoices.invoice(call.parameter("invoice"))
        try call.principal.require(mayRead: stored)
        guard let line = Int64(call.parameter("line")) else {
            throw .refused(.invalid, "line", "expected the number of a line, from 1")
        }
        return InvoiceView.json(try invoices.explain(stored, line: line))
    }

    // MARK: Forms

    private var shown: Endpoint {
        Endpoint(
            method: .get, path: "/v1/invoices/{invoice}", name: "showInvoice",
            summary: "Show an invoice, as JSON, CSV or text", scopes: Endpoint.readers, query: [InvoiceForm.field],
            answers: [.init(.ok, "the invoice: protocol/invoices.md", .bytes(InvoiceForm.types))],
            work: .own { request, context, principal in
                let form = try Self.form(request)
                let reference = try Self.parameter("invoice", context)
                let (stored, summary) = try await store.read(seconds) { invoices throws(StoreError) in
                    let stored = try invoices.invoice(reference)
                    try principal?.require(mayRead: stored)
                    let filter = Invoices.Filter(number: "\(stored.invoice.number)")
                    return (stored, try invoices.list(filter, limit: 1)[0])
                }
                return form.response(
                    form == .json
                        ? InvoiceView.json(stored.invoice, summary).text : Self.text(stored.invoice, form))
            })
    }

    private var previewed: Endpoint {
        Endpoint(
            method: .get, path: "/v1/consumers/{consumer}/invoice-preview", name: "previewInvoice",
            summary: "Show what a consumer's invoices would be now; nothing is issued", scopes: Endpoint.buyers,
            query: [InvoiceForm.field],
            answers: [.init(.ok, "an invoice for each contract: protocol/invoices.md", .bytes(InvoiceForm.types))],
            work: .own { request, context, principal in
                let form = try Self.form(request)
                let reference = try Self.parameter("consumer", context)
                let invoices = try await store.read(seconds) { invoices throws(StoreError) in
                    let consumer = try invoices.catalogue.consumer(reference, field: "consumer", .missing)
                    try principal?.require(consumer: consumer.id)
                    return try invoices.preview(of: consumer).map(\.invoice)
                }
                guard form == .json else {
                    return form.response(invoices.map { Self.text($0, form) }.joined(separator: "\n"))
                }
                return form.response(
                    OrderedJSON.object([.init("data", .array(invoices.map(\.json)))]).text)
            })
    }

    private var seconds: Int64 { Int64(now().timeIntervalSince1970) }

    private static func text(_ invoice: Invoice, _ form: InvoiceForm) -> String {
        form == .csv ? invoice.csv : invoice.text()
    }

    private static func form(_ request: Request) throws -> InvoiceForm {
        let asked = request.uri.queryParameters.map { (name: String($0.key), value: String($0.value)) }
        return InvoiceForm(try Fields(query: asked, [InvoiceForm.field]), request)
    }

    private static func parameter(_ name: String, _ context: BasicRequestContext) throws -> String {
        guard let value = context.parameters.get(name).flatMap(PathText.decoded),
            FieldKind.reference.flaw(of: .text(value)) == nil
        else { throw Problem(.badRequest, [Fault(field: name, detail: "expected an id or another name")]) }
        return value
    }
}

extension Principal {
    /// Refuses an invoice of another provider or another consumer.
    fileprivate func require(mayRead stored: StoredInvoice) throws(StoreError) {
        try require(provider: stored.providerID)
        try require(consumer: stored.invoice.consumerID)
    }
}
