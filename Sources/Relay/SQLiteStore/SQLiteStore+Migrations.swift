internal import GRDB

extension SQLiteStore {
    /// The schema, step by step; a step that was released is never changed.
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 accounts") { database in
            try database.execute(sql: Self.accounts)
        }
        migrator.registerMigration("2 users, groups, limits") { database in
            try database.execute(sql: Self.usersGroupsLimits)
        }
        migrator.registerMigration("4 signing in, audit") { database in
            try database.execute(sql: Self.signingInAndAudit)
        }
        migrator.registerMigration("5 ledger") { database in
            try database.execute(sql: LedgerSchema.tables)
        }
        migrator.registerMigration("6 use of quotas") { database in
            try database.execute(sql: Self.quotas)
        }
        migrator.registerMigration("7 refunds") { database in
            try database.execute(sql: LedgerSchema.refunds)
        }
        migrator.registerMigration("8 settlements") { database in
            try database.execute(sql: LedgerSchema.settlements)
        }
        migrator.registerMigration("9 kinds of usage") { database in
            try database.execute(sql: LedgerSchema.usageKinds)
        }
        migrator.registerMigration("10 names of paid calls") { database in
            try database.execute(sql: Self.paidNames)
        }
        return migrator
    }

    // Times are seconds since 1970. Digests are HMAC-SHA-256 under the server's secret: no secret stands here.
    // `strftime` and not `unixepoch`, which SQLite has from 3.38 on only.
    private static let accounts = """
        PRAGMA application_id = \(SQLiteStore.applicationID);
        CREATE TABLE server (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            secret_digest BLOB NOT NULL CHECK (length(secret_digest) = 32)
        ) STRICT;
        CREATE TABLE user (
            id TEXT PRIMARY KEY NOT NULL,
            name TEXT NOT NULL,
            created INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE user_group (
            id TEXT PRIMARY KEY NOT NULL,
            name TEXT NOT NULL UNIQUE,
            created INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE key (
            id TEXT PRIMARY KEY NOT NULL CHECK (id GLOB 'key_?*'),
            user_id TEXT NOT NULL REFERENCES user (id),
            group_id TEXT NOT NULL REFERENCES user_group (id),
            label TEXT NOT NULL CHECK (length(label) <= 200),
            digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
            hint TEXT NOT NULL,
            created INTEGER NOT NULL,
            expires INTEGER CHECK (expires > created),
            disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
            last_used INTEGER
        ) STRICT;
        CREATE INDEX key_by_user ON key (user_id);
        CREATE INDEX key_by_group ON key (group_id);
        CREATE TABLE key_model (
            key_id TEXT NOT NULL REFERENCES key (id) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            pattern TEXT NOT NULL CHECK (length(pattern) BETWEEN 1 AND 128),
            PRIMARY KEY (key_id, position)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE deployment (
            name TEXT PRIMARY KEY NOT NULL CHECK (length(name) BETWEEN 1 AND 128),
            description TEXT NOT NULL CHECK (length(description) <= 1000),
            enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
            created INTEGER NOT NULL,
            origin TEXT NOT NULL CHECK (origin IN ('administrator', 'connector'))
        ) STRICT;
        CREATE TABLE tunnel_token (
            id TEXT PRIMARY KEY NOT NULL CHECK (id GLOB 'tok_?*'),
            label TEXT NOT NULL CHECK (length(label) <= 200),
            digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
            hint TEXT NOT NULL,
            created INTEGER NOT NULL,
            revoked INTEGER
        ) STRICT;
        CREATE TABLE tunnel_token_scope (
            token_id TEXT NOT NULL REFERENCES tunnel_token (id) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            pattern TEXT NOT NULL CHECK (length(pattern) BETWEEN 1 AND 128),
            PRIMARY KEY (token_id, position)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO user (id, name, created) VALUES ('usr_default', 'default', CAST(strftime('%s', 'now') AS INTEGER));
        INSERT INTO user_group (id, name, created) VALUES ('grp_default', 'default', CAST(strftime('%s', 'now') AS INTEGER));
        """
}
