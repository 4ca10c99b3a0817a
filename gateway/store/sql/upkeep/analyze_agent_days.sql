analyze agent_activities, agent_days
