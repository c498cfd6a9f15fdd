"""The database: engine, tables' base, the one place that scopes by organization, migrations."""
