/// Plans and their versions.
extension Catalogue {
    /// A plan as its file says it, before it has a number.
    package struct PlanDraft: Sendable {
        /// Everything of it that is kept in its row; id, number, times and version are given here.
        package var plan: PlanRow
        /// Slugs of its products.
        package var products: [String]
        /// The meters that it prices or grants, by their codes, with the most that a unit of each can cost, and what becomes of calls
        /// when it is used up.
        package var meters: [MeterDraft]

        package typealias MeterDraft = (code: String, ceilingNano: Int64, ceilingPer: Int64, usedUp: String)

        package init(plan: PlanRow, products: [String], meters: [MeterDraft]) {
            self.plan = plan
            self.products = products
            self.meters = meters
        }
    }

    /// A version of a plan with what belongs to it.
    package struct PlanDetail: Equatable, Sendable {
        package var plan: PlanRow
        package var products: [ProductRow]
        package var meters: [PlanMeterRow]
    }

    /// Keeps a plan as the draft of its next version, in place of a draft that is there.
    ///
    /// - Parameter number: the version that it is meant to be; nil for the next.
    package func keep(_ draft: PlanDraft, number: Int64? = nil) throws(StoreError) -> PlanDetail {
        let products = try products(of: draft)
        let versions = try versions(of: draft.plan.code)
        var plan = draft.plan
        plan.providerID = products[0].providerID
        if let other = versions.first, other.providerID != plan.providerID {
            throw .refused(.conflict, "text", "plan \(plan.code) is another provider's: choose another code")
        }
        let published = versions.filter { $0.publishedAt != nil }
        let next = (published.last?.number ?? 0) + 1
        if let number, number != next {
            throw .refused(
                .conflict, "version",
                number < next
                    ? "version \(number) of plan \(plan.code) is published and stays as it is: the next one is \(next)"
                    : "expected \(next), the next version of plan \(plan.code), found \(number)")
        }
        if let last = published.last, last.source == plan.source {
            throw .refused(
                .conflict, "text",
                "version \(last.number) of plan \(plan.code) says the same: there is nothing to publish")
        }
        for old in versions where old.publishedAt == nil {
            for table in ["plan_product", "plan_meter"] {
                _ = try connection.run("DELETE FROM \(table) WHERE plan_id = $1", [.text(old.id)])
            }
            _ = try connection.run("DELETE FROM plan WHERE id = $1", [.text(old.id)])
        }
        plan.id = identifier.next(.plan)
        plan.number = next
        plan.createdAt = now
        (plan.publishedAt, plan.effectiveAt, plan.version) = (nil, nil, 0)
        try insert(plan)
        for product in products {
            _ = try connection.run(
                "INSERT INTO plan_product (plan_id, product_id) VALUES ($1, $2)", [.text(plan.id), .text(product.id)])
        }
        for meter in draft.meters { try insert(try resolved(meter, plan, products)) }
        return try detail(plan)
    }

    private func products(of draft: PlanDraft) throws(StoreError) -> [ProductRow] {
        let products = try draft.products.map { slug throws(StoreError) in try product(slug, field: "text") }
        guard let first = products.first else {
            throw .refused(.invalid, "text", "expected a line \"of PRODUCT\", found none")
        }
        if let other = products.first(where: { $0.providerID != first.providerID }) {
            throw .refused(
                .invalid, "text",
                "products of one provider expected: \(first.slug) and \(other.slug) have different ones")
        }
        return products
    }

    /// The meters of a plan that is only tried, as they would be if it were published.
    package func resolved(_ draft: PlanDraft) throws(StoreError) -> [PlanMeterRow] {
        let products = try products(of: draft)
        var meters: [PlanMeterRow] = []
        for meter in draft.meters { meters.append(try resolved(meter, draft.plan, products)) }
        return meters
    }

    /// The meter of a code: as each product of the plan declares it, or one of the four that every product has.
    private func resolved(
        _ meter: PlanDraft.MeterDraft, _ plan: PlanRow, _ products: [ProductRow]
    ) throws(StoreError) -> PlanMeterRow {
        let declared = try products.map { product throws(StoreError) in try self.meter(meter.code, of: product.id) }
        let known = declared.compactMap { $0 }
        if let first = known.first {
            guard known.count == products.count,
                known.allSatisfy({ $0.dimension == first.dimension && $0.filter == first.filter })
            else {
                throw .refused(
                    .invalid, "text",
                    "meter \(meter.code) differs between the plan's products: declare it alike for each of them")
            }
        }
        guard let dimension = known.first?.dimension ?? MeterRow.Dimension(rawValue: meter.code) else {
            let all = MeterRow.Dimension.allCases.map(\.rawValue).joined(separator: ", ")
            throw .refused(
                .invalid, "text",
                "expected a meter of \(products.map(\.slug).joined(separator: ", ")), or one of \(all), found \"\(meter.code)\""
            )
        }
        return PlanMeterRow(
            id: identifier.next(.meter), planID: plan.id, code: meter.code, dimension: dimension,
            filter: known.first?.filter ?? "", ceilingNano: meter.ceilingNano, ceilingPer: meter.ceilingPer,
            usedUp: meter.usedUp)
    }

    /// Publishes a draft: from now on it stays as it is.
    ///
    /// - Parameter effective: from when it is sold, nil for now.
    package func publish(_ plan: PlanRow, effective: Int64? = nil) throws(StoreError) -> PlanDetail {
        if plan.publishedAt != nil {
            guard effective == nil || effective == plan.effectiveAt else {
                throw .refused(
                    .conflict, "effective_at",
                    "version \(plan.number) of plan \(plan.code) is published: nothing of it changes")
            }
            return try detail(plan)
        }
        let start = effective ?? now
        guard start >= now else {
            throw .refused(.invalid, "effective_at", "expected a time that is not over: what is sold cannot change")
        }
        let others = try versions(of: plan.code)
        if let last = others.compactMap(\.effectiveAt).max(), start <= last, effective != nil || start < last {
            throw .refused(
                .conflict, "effective_at",
                "overlaps version \(others.last { $0.effectiveAt == last }?.number ?? 0), which is sold from a later time or the same: choose one behind it"
            )
        }
        var plan = plan
        plan.publishedAt = now
        plan.effectiveAt = start
        plan = try update(versioned: plan)
        let version = try nextVersion()
        _ = try connection.run(
            "UPDATE plan_meter SET version = $1 WHERE plan_id = $2", [.integer(version), .text(plan.id)])
        return try detail(plan)
    }

    /// All versions of a plan, the first one first.
    package func versions(of code: String) throws(StoreError) -> [PlanRow] {
        try connection.run(
            "SELECT \(PlanRow.columns.joined(separator: ", ")) FROM plan WHERE code = $1 ORDER BY number", [.text(code)]
        ).map { row throws(StoreError) in
            var reader = RowReader(row)
            return try PlanRow(&reader)
        }
    }

    /// The version that is sold now.
    func sold(_ code: String) throws(StoreError) -> PlanRow? {
        try versions(of: code).last { ($0.effectiveAt ?? .max) <= now && $0.publishedAt != nil }
    }

    /// A version by its id, or the newest of a code: what is sold, else the last one there is.
    package func plan(_ reference: String, field: String, _ refusal: Refusal.Kind = .invalid) throws(StoreError)
        -> PlanRow
    {
        if Identifier.isWellFormed(reference, .plan), let plan = try find(PlanRow.self, "id", reference) { return plan }
        if let plan = try sold(reference) { return plan }
        if let plan = try versions(of: reference).last { return plan }
        throw .refused(
            refusal, field, "expected the id or code of a plan, found \"\(reference.prefix(80))\", which is none")
    }

    package func detail(_ plan: PlanRow) throws(StoreError) -> PlanDetail {
        let products = try connection.run(
            "SELECT product_id FROM plan_product WHERE plan_id = $1 ORDER BY product_id", [.text(plan.id)]
        ).map { row throws(StoreError) in try product(try row.text(0), field: "plan") }
        let meters = try list(PlanMeterRow.self, where: [("plan_id", .text(plan.id))], limit: 1_000)
        return PlanDetail(plan: plan, products: products, meters: meters)
    }
}
