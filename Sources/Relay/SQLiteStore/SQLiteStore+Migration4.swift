extension SQLiteStore {
    // A password is scrypt's, in the manner of PHC strings. What the audit log says outlives whom it speaks of.
    static let signingInAndAudit = """
        ALTER TABLE user ADD COLUMN password TEXT CHECK (password GLOB '$scrypt$?*');
        ALTER TABLE user ADD COLUMN own_group TEXT REFERENCES user_group (id);
        ALTER TABLE user ADD COLUMN most_keys INTEGER NOT NULL DEFAULT 10 CHECK (most_keys >= 0);
        CREATE INDEX user_by_own_group ON user (own_group);
        CREATE TABLE admin_token (
            id TEXT PRIMARY KEY NOT NULL CHECK (id GLOB 'adm_?*'),
            user_id TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
            label TEXT NOT NULL CHECK (length(label) <= 200),
            digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
            hint TEXT NOT NULL,
            scope TEXT NOT NULL CHECK (scope IN ('read', 'write')),
            created INTEGER NOT NULL,
            expires INTEGER CHECK (expires > created)
        ) STRICT;
        CREATE INDEX admin_token_by_user ON admin_token (user_id);
        CREATE TABLE audit (
            id INTEGER PRIMARY KEY,
            time INTEGER NOT NULL,
            actor TEXT NOT NULL,
            means TEXT NOT NULL,
            address TEXT,
            action TEXT NOT NULL,
            subject TEXT,
            details TEXT,
            status INTEGER
        ) STRICT;
        CREATE INDEX audit_by_time ON audit (time);
        """
}
