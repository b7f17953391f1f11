/// What the policy document adds: the rules of its plans, and the ways into its products.
extension PolicyCompiler {
    mutating func compileOffers() {
        let count = offers.plans.map { Int($0.number) + 1 }.max() ?? 0
        var compiled = [CompiledPlan](repeating: .none, count: count)
        for plan in offers.plans { compiled[Int(plan.number)] = compile(plan.rules.statements, as: .plan(plan)) }
        plans = compiled
        _ = compile([], as: .local)
        compileDoors()
    }

    private mutating func compileDoors() {
        let count = offers.products.map { Int($0.number) + 1 }.max() ?? 0
        var slugs = [IndexRange](repeating: IndexRange(0..<0), count: count)
        var hosts = [Int32](repeating: -1, count: count)
        bareRoutes = [Int32](repeating: -1, count: count)
        for product in offers.products {
            let number = Int(product.number)
            slugs[number] = text(product.slug)
            if !product.hosts.isEmpty {
                hosts[number] = Int32(set(product.hosts.map(Value.pattern), of: "host"))
            }
            bareRoutes[number] = Int32(routes.count)
            addRoute("", product: slugs[number], methods: [], path: .pattern("*"), weight: 1)
        }
        for door in offers.doors {
            let number = Int(door.product)
            var compiled = CompiledDoor(product: door.product, hosts: hosts[number], route: -1)
            if let route = door.route {
                compiled.route = Int32(routes.count)
                addRoute(
                    route.name, product: slugs[number], methods: route.methods, path: .pattern(route.path),
                    weight: route.weight)
            }
            doors.append(compiled)
        }
    }
}
