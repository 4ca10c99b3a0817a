import agentTime from './queries/agent-time.graphql?raw';
import dashboard from './queries/dashboard.graphql?raw';
import groupsByDay from './queries/groups-by-day.graphql?raw';
import live from './queries/live.graphql?raw';
import todayAgainstYesterday from './queries/today-against-yesterday.graphql?raw';

/** What a browser that was never here finds; GraphiQL titles a tab by its operation's name. */
export const TABS = [dashboard, groupsByDay, agentTime, todayAgainstYesterday, live].map((query) => ({ query }));
