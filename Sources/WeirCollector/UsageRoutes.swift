import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import WeirCore
import WeirStore

/// `POST /v1/usage`: agents send totals. `GET /v1/usage`: people and programs read sums.
struct UsageRoutes: Sendable {
    /// Rows of the largest answer.
    static let maximumRows = 100_000
    /// The form of a batch.
    static let batchType = "application/vnd.weir.usage"

    let store: UsageStore
    let database: any SQLDatabase
    let maximumBody: Int
    let now: @Sendable () -> Date

    private var names: AgentNames { AgentNames(database: database, now: now) }

    var endpoints: [Endpoint] {
        [
            Endpoint(
                method: .post, path: "/v1/usage", name: "sendUsage", summary: "Take totals of an agent",
                scopes: [.agent],
                body: .bytes(Self.batchType),
                answers: [
                    .init(
                        .ok, "what was taken",
                        .fields([
                            Field("cells", .integer(0...Int64.max), "cells of the batch"),
                            Field("changed", .integer(0...Int64.max), "cells that grew by it"),
                            Field("incarnation", .text(32...32), "whose they are"),
                            Field(
                                optional: "known", .integer(0...Int64.max), "the agent's last delivery before this one"),
                        ]))
                ],
                work: .own { request, context, principal in try await take(request, context, principal) }),
            Endpoint(
                method: .get, path: "/v1/usage", name: "showUsage", summary: "Sums of usage",
                scopes: Endpoint.readers, query: UsageQuestion.fields,
                answers: [.init(.ok, "rows", .bytes(["application/json", "text/csv; charset=utf-8"]))],
                work: .own { request, context, principal in try await show(request, context, principal) }),
        ]
    }

    // MARK: Taking in

    private func take(
        _ request: Request, _ context: BasicRequestContext, _ principal: Principal?
    ) async throws -> Response {
        guard request.headers[.contentType] == Self.batchType else {
            throw Problem(.unsupportedMediaType, "Content-Type: expected \(Self.batchType)")
        }
        let delivery = try Self.delivery(request)
        if let principal { try await names.check(principal, sends: delivery) }
        let body = try await RequestBody.collect(request, atMost: maximumBody, "WEIR_MAX_BODY")
        let batch: SegmentReader
        do throws(SegmentError) {
            batch = try body.withBytes { bytes throws(SegmentError) in try SegmentReader(batch: bytes) }
        } catch {
            throw Problem(.badRequest, "the batch: \(error)")
        }
        for (index, cell) in batch.cells.enumerated() where !Self.isBelowMaximum(cell.totals) {
            throw Problem(.badRequest, "cell \(index): expected totals below \(UsageStore.maximumTotal)")
        }
        do throws(StoreError) {
            let receipt = try await store.merge(
                batch.cells, of: batch.header.incarnation, delivery: delivery, at: Int64(now().timeIntervalSince1970))
            var answer: JSONValue = [
                "cells": .integer(Int64(receipt.cells)), "changed": .integer(Int64(receipt.changed)),
                "incarnation": .text(batch.header.incarnation.hex),
            ]
            if let known = receipt.known { answer = answer.with(["known": .integer(known)]) }
            return Response(
                status: .ok, headers: [.contentType: "application/json"],
                body: .init(byteBuffer: ByteBuffer(bytes: answer.bytes)))
        } catch {
            context.logger.error("usage was not stored: \(error)")
            // The agent keeps it and comes again.
            throw Problem(.serviceUnavailable, "the database: \(error)", retryAfter: 5)
        }
    }

    static func isBelowMaximum(_ totals: Totals) -> Bool { totals.isBelow(UsageStore.maximumTotal) }

    /// The delivery that a batch is, from two headers that come together or not at all, and what it promises, from a third.
    static func delivery(_ request: Request) throws(Problem) -> UsageStore.Delivery? {
        guard let agentName = HTTPField.Name("Weir-Agent"), let numberName = HTTPField.Name("Weir-Delivery"),
            let promiseName = HTTPField.Name("Weir-Watermark")
        else {
            preconditionFailure("names of headers")
        }
        let (agent, number) = (request.headers[agentName], request.headers[numberName])
        if agent == nil, number == nil {
            if request.headers[promiseName] == nil { return nil }
            throw Problem(.badRequest, "Weir-Watermark: expected Weir-Agent and Weir-Delivery with it")
        }
        guard let agent, Hash128(hex: agent) != nil else {
            throw Problem(.badRequest, "Weir-Agent: expected 32 hexadecimal digits with Weir-Delivery")
        }
        guard let number = number.flatMap({ Int64($0) }), (1..<1 << 62).contains(number) else {
            throw Problem(.badRequest, "Weir-Delivery: expected a whole number from 1 with Weir-Agent")
        }
        return UsageStore.Delivery(
            agent: agent, number: number, promise: try promise(request.headers[promiseName]))
    }

    /// The longest that a promise may reach: no clock of an agent is beyond the year 9999.
    private static let instants: ClosedRange<Int64> = 0...253_402_300_799

    private static func promise(_ text: String?) throws(Problem) -> UsagePromise? {
        guard let text else { return nil }
        if text == "over" { return .over }
        guard let instant = Int64(text), instants.contains(instant) else {
            throw Problem(
                .badRequest,
                "Weir-Watermark: expected over, or seconds since 1970 up to which usage is complete, from 0 to \(instants.upperBound)"
            )
        }
        return .before(instant)
    }

    // MARK: Reading

    /// Slugs of a provider's products.
    private func products(of principal: Principal, _ context: BasicRequestContext) async throws -> [String] {
        let seconds = Int64(now().timeIntervalSince1970)
        do throws(StoreError) {
            return try await database.read { connection throws(StoreError) in
                try principal.products(nil, Catalogue(connection, now: seconds, identifier: Identifier { 0 })) ?? []
            }
        } catch {
            throw AdminAPI.problem(error, context)
        }
    }

    private func show(
        _ request: Request, _ context: BasicRequestContext, _ principal: Principal?
    ) async throws -> Response {
        let parameters = request.uri.queryParameters.map { (String($0.key), String($0.value)) }
        var question = try UsageQuestion(parameters, now: now())
        if let principal, principal.scope == .consumer { try question.restrict(toConsumer: principal.subject) }
        if let principal, principal.scope == .provider {
            let own = try await products(of: principal, context)
            try question.restrict(toProducts: own)
        }
        let rows: [UsageRow]
        do throws(StoreError) {
            rows = try await store.usage(question.query, limit: Self.maximumRows)
        } catch {
            if error.code == .tooMany { throw Problem(.badRequest, "\(error)") }
            context.logger.error("usage was not read: \(error)")
            throw Problem(.serviceUnavailable, "the database: \(error)", retryAfter: 5)
        }
        let wantsCSV = question.format == .csv || request.headers[.accept]?.hasPrefix("text/csv") == true
        let report = UsageReport(question.query, rows)
        let body = try wantsCSV ? Array(report.csv.utf8) : report.json
        return Response(
            status: .ok,
            headers: [
                .contentType: wantsCSV ? "text/csv; charset=utf-8" : "application/json", .cacheControl: "no-store",
            ], body: .init(byteBuffer: ByteBuffer(bytes: body)))
    }
}

extension Totals {
    fileprivate func isBelow(_ bound: UInt64) -> Bool {
        calls < bound && units < bound && bytesIn < bound && bytesOut < bound
    }
}
