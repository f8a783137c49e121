private import GRDB
