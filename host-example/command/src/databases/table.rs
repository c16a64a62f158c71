//! The databases in which agents keep sessions.

/// What is read of a database. Every query but `sessions` has one parameter.
#[derive(Debug)]
pub struct Database {
    /// The name of the file.
    pub name: &'static str,
    /// All sessions: id, and the id of the session that started it as a sub-agent or null.
    pub sessions: &'static str,
    /// When the session with an id was written last, in milliseconds since 1970.
    pub written: &'static str,
    /// The first line of the session with an id. It holds nothing that changes while the session
    /// grows, so that its other lines stay where they are.
    pub head: &'static str,
    /// The keys of the records of the session with an id, in their order.
    pub keys: &'static str,
    /// The line of the record with a key. What is no JSON is given as it is: SQLite would refuse to
    /// put it into other JSON.
    pub record: &'static str,
}

impl Database {
    /// All queries. The entry fits a database that has their tables and columns.
    pub fn queries(&self) -> [&'static str; 5] {
        [self.sessions, self.written, self.head, self.keys, self.record]
    }
}

/// All known databases. Of entries with one name the first that fits is used.
pub const TABLE: &[Database] = &[
    // OpenCode 1.2 and later. The lines are those of its storage folder, see [`crate::opencode`]. A
    // message holds neither its id nor that of its session. The title changes, and nobody reads it.
    Database {
        name: "opencode.db",
        sessions: "SELECT id, parent_id FROM session",
        written: "SELECT time_updated FROM session WHERE id = ?1",
        head: "SELECT json_object('info', json_object('id', id, 'parentID', parent_id, \
               'directory', directory, 'version', version, 'title', '', \
               'time', json_object('created', time_created))) FROM session WHERE id = ?1",
        keys: "SELECT id FROM message WHERE session_id = ?1 ORDER BY time_created, id",
        record: "SELECT iif(json_valid(data), json_object(\
                 'info', json(json_set(data, '$.id', id, '$.sessionID', session_id)), \
                 'parts', json((SELECT json_group_array(json(iif(json_valid(part.data), \
                 json_set(part.data, '$.id', part.id), 'null')) ORDER BY part.id) \
                 FROM part WHERE part.message_id = message.id))\
                 ), data) FROM message WHERE id = ?1",
    },
    // Goose 1.20 and later. The reader of the engine knows these lines by the names of the columns.
    Database {
        name: GOOSE,
        sessions: "SELECT id, parent_session_id FROM sessions",
        written: GOOSE_WRITTEN,
        head: "SELECT json_object('id', id, 'session_type', session_type, 'working_dir', working_dir, \
               'parent_session_id', parent_session_id, 'schedule_id', schedule_id, \
               'recipe_json', json(iif(json_valid(recipe_json), recipe_json, 'null'))) \
               FROM sessions WHERE id = ?1",
        keys: GOOSE_KEYS,
        record: GOOSE_RECORD,
    },
    // Versions that do not say which session started another.
    Database {
        name: GOOSE,
        sessions: GOOSE_SESSIONS,
        written: GOOSE_WRITTEN,
        head: "SELECT json_object('id', id, 'session_type', session_type, 'working_dir', working_dir, \
               'schedule_id', schedule_id, \
               'recipe_json', json(iif(json_valid(recipe_json), recipe_json, 'null'))) \
               FROM sessions WHERE id = ?1",
        keys: GOOSE_KEYS,
        record: GOOSE_RECORD,
    },
    // The first versions: sessions have no types, messages no ids.
    Database {
        name: GOOSE,
        sessions: GOOSE_SESSIONS,
        written: GOOSE_WRITTEN,
        head: "SELECT json_object('id', id, 'session_type', NULL, 'working_dir', working_dir, \
               'schedule_id', schedule_id, \
               'recipe_json', json(iif(json_valid(recipe_json), recipe_json, 'null'))) \
               FROM sessions WHERE id = ?1",
        keys: GOOSE_KEYS,
        record: "SELECT iif(json_valid(content_json), json_object('session_id', session_id, 'role', role, \
                 'created_timestamp', created_timestamp, 'content_json', json(content_json), \
                 'metadata_json', json(iif(json_valid(metadata_json), json_object(\
    'userVisible', metadata_json -> '$.userVisible', \
    'turnContext', metadata_json -> '$.turnContext', \
    'usage', metadata_json -> '$.usage'), 'null'))\
                 ), content_json) FROM messages WHERE id = ?1",
    },
];

const GOOSE: &str = "sessions.db";
const GOOSE_SESSIONS: &str = "SELECT id, NULL FROM sessions";
const GOOSE_WRITTEN: &str =
    "SELECT CAST(strftime('%s', updated_at) AS INTEGER) * 1000 FROM sessions WHERE id = ?1";
const GOOSE_KEYS: &str = "SELECT id FROM messages WHERE session_id = ?1 ORDER BY id";
/// What else the program notes of a message changes when it compacts the session.
const GOOSE_RECORD: &str = "SELECT iif(json_valid(content_json), json_object(\
    'message_id', message_id, 'session_id', session_id, 'role', role, \
    'created_timestamp', created_timestamp, 'content_json', json(content_json), \
    'metadata_json', json(iif(json_valid(metadata_json), json_object(\
    'userVisible', metadata_json -> '$.userVisible', \
    'turnContext', metadata_json -> '$.turnContext', \
    'usage', metadata_json -> '$.usage'), 'null'))\
    ), content_json) FROM messages WHERE id = ?1";
