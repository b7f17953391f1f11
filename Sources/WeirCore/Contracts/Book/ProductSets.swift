/// The lists of products that subscriptions are for, each kept once: most subscriptions have one of a few.
struct ProductSets: Sendable {
    private struct Entry: Sendable {
        /// Numbers of products, in order.
        var products: [UInt32]
        var references: Int
    }

    private var entries: [Entry] = []
    private var numbers: [[UInt32]: UInt32] = [:]
    private var free: [UInt32] = []

    /// The number of a list that something refers to from now on, and whether the list is new.
    mutating func refer(to products: [UInt32]) -> (number: UInt32, isNew: Bool) {
        let products = Set(products).sorted()
        if let known = numbers[products] {
            entries[Int(known)].references += 1
            return (known, false)
        }
        let entry = Entry(products: products, references: 1)
        let number: UInt32
        if let used = free.popLast() {
            entries[Int(used)] = entry
            number = used
        } else {
            entries.append(entry)
            number = UInt32(entries.count - 1)
        }
        numbers[products] = number
        return (number, true)
    }

    /// One reference less.
    ///
    /// - Returns: the products of a list that nobody refers to any more; else none.
    mutating func release(_ number: UInt32) -> [UInt32] {
        entries[Int(number)].references -= 1
        guard entries[Int(number)].references == 0 else { return [] }
        let products = entries[Int(number)].products
        entries[Int(number)].products = []
        numbers[products] = nil
        free.append(number)
        return products
    }

    func contains(_ product: UInt32, in number: UInt32) -> Bool {
        let products = entries[Int(number)].products
        var (low, high) = (0, products.count)
        while low < high {
            let middle = (low + high) / 2
            if products[middle] < product { low = middle + 1 } else { high = middle }
        }
        return low < products.count && products[low] == product
    }
}
