/// How soon what was bought can be called, and how fast credit windows are raised.
package struct SalesReport: Sendable {
    /// One database's figures.
    package struct Database: Sendable {
        /// From the sending of a purchase of one call to the end of the next call that was allowed, on two agents in turn.
        package var toCall = Latencies()
        /// Purchases whose second call was denied at once: all of them.
        package var denials = 0
        package var purchases = 0
        /// Windows raised per second, one in an exchange, and `windows` in an exchange; over HTTP, one exchange at a time.
        package var single = Samples()
        package var batched = Samples()
        package var windows = 0

        package init() {}
    }

    package var sqlite: Database?
    package var postgreSQL: Database?

    package init() {}
}

extension SalesReport: Encodable {
    package func encode(to encoder: any Encoder) throws {
        var json = encoder.container(keyedBy: ReportKey.self)
        for (name, database) in [("sqlite", sqlite), ("postgresql", postgreSQL)] {
            guard let database else { continue }
            try json.object(ReportKey(stringValue: name)) { object in
                try object.object("purchase_to_call") { try $0.encode(database.toCall) }
                try object.encode(database.purchases, forKey: "purchases")
                try object.encode(database.denials, forKey: "denied_at_the_next_call")
                try object.encode(database.single, "windows_per_second_one_an_exchange")
                try object.encode(database.batched, "windows_per_second_many_an_exchange")
                try object.encode(database.windows, forKey: "windows_of_many")
            }
        }
    }
}
