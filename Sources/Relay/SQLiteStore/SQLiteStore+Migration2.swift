extension SQLiteStore {
    // Factors are millionths. Prices are micro-credits per million tokens. A dialect that is NULL means every one.
    // Whatever `limit_set` limits is deleted together with its row by the store: one table serves them all.
    static let usersGroupsLimits = """
        ALTER TABLE user ADD COLUMN email TEXT CHECK (length(email) <= 254);
        ALTER TABLE user ADD COLUMN role TEXT NOT NULL DEFAULT 'member' CHECK (role IN ('administrator', 'member'));
        ALTER TABLE user ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1));
        UPDATE user SET role = 'administrator' WHERE id = 'usr_default';
        CREATE UNIQUE INDEX user_by_name ON user (name);
        CREATE UNIQUE INDEX user_by_email ON user (email);

        ALTER TABLE user_group ADD COLUMN dialects TEXT;
        ALTER TABLE user_group ADD COLUMN streaming INTEGER NOT NULL DEFAULT 1 CHECK (streaming IN (0, 1));
        ALTER TABLE user_group ADD COLUMN billed INTEGER NOT NULL DEFAULT 0 CHECK (billed IN (0, 1));
        ALTER TABLE user_group ADD COLUMN multiplier INTEGER NOT NULL DEFAULT 1000000 CHECK (multiplier >= 0);
        ALTER TABLE user_group ADD COLUMN vanished_client TEXT NOT NULL DEFAULT 'produced'
            CHECK (vanished_client IN ('produced', 'whole'));
        ALTER TABLE user_group ADD COLUMN missing_usage TEXT NOT NULL DEFAULT 'free'
            CHECK (missing_usage IN ('free', 'estimated'));
        CREATE TABLE user_group_model (
            group_id TEXT NOT NULL REFERENCES user_group (id) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            pattern TEXT NOT NULL CHECK (length(pattern) BETWEEN 1 AND 128),
            PRIMARY KEY (group_id, position)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE user_group_multiplier (
            group_id TEXT NOT NULL REFERENCES user_group (id) ON DELETE CASCADE,
            user_id TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
            multiplier INTEGER NOT NULL CHECK (multiplier >= 0),
            PRIMARY KEY (group_id, user_id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX user_group_multiplier_by_user ON user_group_multiplier (user_id);
        CREATE TABLE user_group_tier (
            group_id TEXT NOT NULL REFERENCES user_group (id) ON DELETE CASCADE,
            tier TEXT NOT NULL CHECK (length(tier) BETWEEN 1 AND 40),
            factor INTEGER NOT NULL CHECK (factor >= 0),
            PRIMARY KEY (group_id, tier)
        ) STRICT, WITHOUT ROWID;

        ALTER TABLE key ADD COLUMN retiring_digest BLOB CHECK (length(retiring_digest) = 32);
        ALTER TABLE key ADD COLUMN retiring_until INTEGER CHECK ((retiring_until IS NULL) = (retiring_digest IS NULL));
        ALTER TABLE key ADD COLUMN quota_life INTEGER CHECK (quota_life > 0);
        ALTER TABLE key ADD COLUMN quota_five_hours INTEGER CHECK (quota_five_hours > 0);
        ALTER TABLE key ADD COLUMN quota_day INTEGER CHECK (quota_day > 0);
        ALTER TABLE key ADD COLUMN quota_week INTEGER CHECK (quota_week > 0);
        CREATE UNIQUE INDEX key_by_retiring_digest ON key (retiring_digest);
        CREATE TABLE key_address (
            key_id TEXT NOT NULL REFERENCES key (id) ON DELETE CASCADE,
            kind TEXT NOT NULL CHECK (kind IN ('allow', 'deny')),
            position INTEGER NOT NULL,
            range TEXT NOT NULL CHECK (length(range) BETWEEN 2 AND 49),
            PRIMARY KEY (key_id, kind, position)
        ) STRICT, WITHOUT ROWID;

        ALTER TABLE tunnel_token ADD COLUMN retiring_digest BLOB CHECK (length(retiring_digest) = 32);
        ALTER TABLE tunnel_token ADD COLUMN retiring_until INTEGER
            CHECK ((retiring_until IS NULL) = (retiring_digest IS NULL));
        CREATE UNIQUE INDEX tunnel_token_by_retiring_digest ON tunnel_token (retiring_digest);

        ALTER TABLE deployment ADD COLUMN owner TEXT REFERENCES user (id) ON DELETE SET NULL;
        ALTER TABLE deployment ADD COLUMN audience TEXT NOT NULL DEFAULT 'everyone'
            CHECK (audience IN ('everyone', 'owner', 'groups'));
        ALTER TABLE deployment ADD COLUMN public INTEGER NOT NULL DEFAULT 0 CHECK (public IN (0, 1));
        ALTER TABLE deployment ADD COLUMN price_input INTEGER CHECK (price_input >= 0);
        ALTER TABLE deployment ADD COLUMN price_cached_input INTEGER CHECK (price_cached_input >= 0)
            CHECK ((price_cached_input IS NULL) = (price_input IS NULL));
        ALTER TABLE deployment ADD COLUMN price_output INTEGER CHECK (price_output >= 0)
            CHECK ((price_output IS NULL) = (price_input IS NULL));
        CREATE INDEX deployment_by_owner ON deployment (owner);
        CREATE TABLE deployment_alias (
            alias TEXT PRIMARY KEY NOT NULL CHECK (length(alias) BETWEEN 1 AND 128),
            deployment TEXT NOT NULL REFERENCES deployment (name) ON DELETE CASCADE
        ) STRICT;
        CREATE INDEX deployment_alias_by_deployment ON deployment_alias (deployment);
        CREATE TABLE deployment_group (
            deployment TEXT NOT NULL REFERENCES deployment (name) ON DELETE CASCADE,
            group_id TEXT NOT NULL REFERENCES user_group (id),
            PRIMARY KEY (deployment, group_id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX deployment_group_by_group ON deployment_group (group_id);

        CREATE TABLE limit_set (
            scope TEXT NOT NULL
                CHECK (scope IN ('key', 'user', 'group', 'group-user', 'group-key', 'deployment', 'relay')),
            id TEXT NOT NULL,
            requests_per_minute INTEGER CHECK (requests_per_minute > 0),
            requests_per_day INTEGER CHECK (requests_per_day > 0),
            tokens_per_minute INTEGER CHECK (tokens_per_minute > 0),
            concurrent_calls INTEGER CHECK (concurrent_calls > 0),
            PRIMARY KEY (scope, id)
        ) STRICT, WITHOUT ROWID;
        """
}
