create temporary table if not exists counted_agent_days (like agent_days) on commit delete rows
