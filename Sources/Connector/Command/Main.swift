private import Configuration
private import Yams
@main enum Main { static func main() { print("connector") } }
