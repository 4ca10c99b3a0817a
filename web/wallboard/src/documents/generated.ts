/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** What an agent does. */
export type AgentState =
  /** After-call work (dispo): choosing the disposition. */
  | 'DISPO'
  /** Pause: logged in, and not free for calls. */
  | 'PAUSE'
  /** Talking. */
  | 'TALK'
  /** Waiting for a call. */
  | 'WAIT';

/** Which calls are listed. */
export type CallFilter = {
  /** Only these directions. */
  direction?: Array<Direction> | null | undefined;
  /** Only calls credited to a user, or only those credited to none. */
  hasUser?: boolean | null | undefined;
  /** Only calls with exactly this number as caller, callee or extension. */
  number?: string | null | undefined;
  /** Only these statuses. */
  status?: Array<CallStatus> | null | undefined;
};

/** What users are ranked by: a measure or a metric of their calls. */
export type CallMetric =
  /** Answer rate, 0 to 1: answered calls / all calls. */
  | 'ANSWER_RATE'
  /** Average talk time (ACD), seconds: talk time / answered calls, not all calls. */
  | 'AVERAGE_BILLSEC'
  /** Average duration, seconds: duration / all calls. */
  | 'AVERAGE_DURATION'
  /** Average speed of answer (ASA), seconds: wait time of answered inbound calls / answered inbound calls. */
  | 'AVERAGE_SPEED_OF_ANSWER'
  /** Inbound answer rate, 0 to 1: answered inbound calls / inbound calls. */
  | 'INBOUND_ANSWER_RATE'
  /** Outbound answer rate, 0 to 1: answered outbound calls / outbound calls. */
  | 'OUTBOUND_ANSWER_RATE'
  /** Answered calls: the other party was connected; inbound, an agent was connected. */
  | 'TOTAL_ANSWERED'
  /** Wait time of answered calls, seconds: duration minus talk time of answered calls only. */
  | 'TOTAL_ANSWERED_WAITSEC'
  /** Talk time (billsec), seconds: from the answer to the end; 0 for a call not answered. */
  | 'TOTAL_BILLSEC'
  /** Busy: the called party was busy or declined. */
  | 'TOTAL_BUSY'
  /** Busy line: the caller came in and no agent was connected (abandoned, or nobody free). */
  | 'TOTAL_BUSY_LINE'
  /** All calls that started in the period. */
  | 'TOTAL_CALL'
  /** Cancelled: the caller hung up before an answer. */
  | 'TOTAL_CANCEL'
  /** Congestion: the line or the carrier had no free channel. */
  | 'TOTAL_CONGESTION'
  /** Duration, seconds: from the call's start to its end, summed over all calls. */
  | 'TOTAL_DURATION'
  /** Failed: the call ended by an error that no other status names. */
  | 'TOTAL_FAILED'
  /** Inbound calls: from outside to this domain. */
  | 'TOTAL_INBOUND'
  /** Invalid number: the number dialled does not exist. */
  | 'TOTAL_INVALID'
  /** Ended in the IVR: the caller left in the voice menu. */
  | 'TOTAL_IVR'
  /** Local calls: between two extensions of this domain. */
  | 'TOTAL_LOCAL'
  /** Not available: the called device was not reachable. */
  | 'TOTAL_NOT_AVAILABLE'
  /** No answer: it rang and nobody took the call. */
  | 'TOTAL_NO_ANSWERED'
  /** Outbound calls: from this domain to outside. */
  | 'TOTAL_OUTBOUND'
  /** Blocked: the number was barred. */
  | 'TOTAL_PHONE_BLOCK'
  /** Unknown: the phone system did not say how the call ended. */
  | 'TOTAL_UNKNOWN'
  /** Voicemail: a mailbox took the call. */
  | 'TOTAL_VOICEMAIL'
  /** Wait time (waitsec), seconds: duration minus talk time, summed over all calls. */
  | 'TOTAL_WAITSEC';

/** How a call ended (its disposition). */
export type CallStatus =
  /** Answered calls: the other party was connected; inbound, an agent was connected. */
  | 'ANSWERED'
  /** Busy: the called party was busy or declined. */
  | 'BUSY'
  /** Busy line: the caller came in and no agent was connected (abandoned, or nobody free). */
  | 'BUSY_LINE'
  /** Cancelled: the caller hung up before an answer. */
  | 'CANCEL'
  /** Congestion: the line or the carrier had no free channel. */
  | 'CONGESTION'
  /** Failed: the call ended by an error that no other status names. */
  | 'FAILED'
  /** Invalid number: the number dialled does not exist. */
  | 'INVALID'
  /** Ended in the IVR: the caller left in the voice menu. */
  | 'IVR'
  /** Not available: the called device was not reachable. */
  | 'NOT_AVAILABLE'
  /** No answer: it rang and nobody took the call. */
  | 'NO_ANSWERED'
  /** Blocked: the number was barred. */
  | 'PHONE_BLOCK'
  /** Unknown: the phone system did not say how the call ended. */
  | 'UNKNOWN'
  /** Voicemail: a mailbox took the call. */
  | 'VOICEMAIL';

/** Local days, both included. */
export type DayRange = {
  /** The first day. */
  from: string;
  /** The last day. */
  to: string;
};

/** Which way a call went, seen from the domain. */
export type Direction =
  /** Inbound calls: from outside to this domain. */
  | 'INBOUND'
  /** Local calls: between two extensions of this domain. */
  | 'LOCAL'
  /** Outbound calls: from this domain to outside. */
  | 'OUTBOUND';

/** When the calls started. Exactly one of these; days and presets are those of the time zone asked for, or else the domain's. */
export type Period =
  {   /** Local days, both included. */
  days: DayRange; lastMinutes?: never; preset?: never; range?: never; }
  |  { days?: never;   /** The last so many minutes, up to now. */
  lastMinutes: number; preset?: never; range?: never; }
  |  { days?: never; lastMinutes?: never;   /** A named period, such as TODAY. */
  preset: PeriodPreset; range?: never; }
  |  { days?: never; lastMinutes?: never; preset?: never;   /** Two instants, the end excluded. */
  range: TimeRange; };

/** A period named from today's point of view, in the time zone of the question. */
export type PeriodPreset =
  /** Today and the six days before. */
  | 'LAST_7_DAYS'
  /** Today and the 29 days before. */
  | 'LAST_30_DAYS'
  /** The calendar month before this one. */
  | 'LAST_MONTH'
  /** The ISO week before this one. */
  | 'LAST_WEEK'
  /** The calendar month that now is in. */
  | 'THIS_MONTH'
  /** The ISO week, Monday to Sunday, that now is in. */
  | 'THIS_WEEK'
  /** The local day that now is in, to its end. */
  | 'TODAY'
  /** The local day before today. */
  | 'YESTERDAY';

/** How far a token reaches. What it does not see is in no list, count, sum or look-up. */
export type Role =
  /** Sees everything of its domain. */
  | 'ADMIN'
  /** Sees its user. */
  | 'AGENT'
  /** Sees its user, and who ranks below a leader in its teams and departments. */
  | 'LEADER'
  /** Sees its user, and who ranks below a manager in its teams and departments. */
  | 'MANAGER'
  /** Sees everything of the domain that the request's X-Domain header names; without the header, of its own. */
  | 'SUPERADMIN';

/** Two instants: the start belongs to the period, the end does not. */
export type TimeRange = {
  /** The first instant that is not meant any more. */
  end: string;
  /** The first instant. */
  start: string;
};

/** Which users are listed; all conditions must hold. */
export type UserFilter = {
  /** Members of a group of one of these departments. */
  departments?: Array<string> | null | undefined;
  /** Members of one of these groups. */
  groups?: Array<string> | null | undefined;
  /** Only users with an extension, or only those without. */
  hasExtension?: boolean | null | undefined;
  /** With one of these levels. */
  levels?: Array<UserLevel> | null | undefined;
  /** Part of the username, the name or the email, in any case. */
  search?: string | null | undefined;
};

/** A user's rank, ascending: agent, leader, manager, admin, superadmin. */
export type UserLevel =
  /** Administers the domain. */
  | 'ADMIN'
  /** Takes and makes calls. */
  | 'AGENT'
  /** Leads teams. */
  | 'LEADER'
  /** Manages leaders. */
  | 'MANAGER'
  /** Administers every domain. */
  | 'SUPERADMIN';

export type AgentsQueryVariables = Exact<{
  period: Period;
  zone?: string | null | undefined;
  people?: UserFilter | null | undefined;
  after?: string | null | undefined;
}>;


export type AgentsQuery = { users: { nodes: Array<{ uuid: string, displayName: string, username: string, extension: { extension: string } | null, groups: Array<{ uuid: string, name: string }>, callStats: { totalCall: number, totalAnswered: number, totalInbound: number, totalOutbound: number, totalLocal: number, totalBillsec: number, totalWaitsec: number, answerRate: number | null, inboundAnswerRate: number | null, outboundAnswerRate: number | null, averageSpeedOfAnswer: number | null, averageBillsec: number | null, abandonRate: number | null } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type CallPageFragment = { totalCount: number, nodes: Array<{ uuid: string, startedAt: string, direction: Direction, status: CallStatus, statusExplanation: string | null, callerNumber: string, calleeNumber: string, extensionNumber: string, billsec: number, waitsec: number, duration: number, user: { uuid: string, displayName: string } | null }> };

export type DomainCallsQueryVariables = Exact<{
  period: Period;
  zone?: string | null | undefined;
  filter?: CallFilter | null | undefined;
  first: number;
}>;


export type DomainCallsQuery = { subject: { callStats: { totalCall: number } | null, calls: { totalCount: number, nodes: Array<{ uuid: string, startedAt: string, direction: Direction, status: CallStatus, statusExplanation: string | null, callerNumber: string, calleeNumber: string, extensionNumber: string, billsec: number, waitsec: number, duration: number, user: { uuid: string, displayName: string } | null }> } | null } };

export type GroupCallsQueryVariables = Exact<{
  uuid: string;
  period: Period;
  zone?: string | null | undefined;
  filter?: CallFilter | null | undefined;
  first: number;
}>;


export type GroupCallsQuery = { subject: { callStats: { totalCall: number } | null, calls: { totalCount: number, nodes: Array<{ uuid: string, startedAt: string, direction: Direction, status: CallStatus, statusExplanation: string | null, callerNumber: string, calleeNumber: string, extensionNumber: string, billsec: number, waitsec: number, duration: number, user: { uuid: string, displayName: string } | null }> } | null } | null };

export type UserCallsQueryVariables = Exact<{
  uuid: string;
  period: Period;
  zone?: string | null | undefined;
  filter?: CallFilter | null | undefined;
  first: number;
}>;


export type UserCallsQuery = { subject: { callStats: { totalCall: number } | null, calls: { totalCount: number, nodes: Array<{ uuid: string, startedAt: string, direction: Direction, status: CallStatus, statusExplanation: string | null, callerNumber: string, calleeNumber: string, extensionNumber: string, billsec: number, waitsec: number, duration: number, user: { uuid: string, displayName: string } | null }> } | null } | null };

type Figures_CallBucket_Fragment = { totalCall: number, totalAnswered: number, totalInbound: number, totalOutbound: number, totalLocal: number, totalBillsec: number, totalWaitsec: number, answerRate: number | null, inboundAnswerRate: number | null, outboundAnswerRate: number | null, averageSpeedOfAnswer: number | null, averageBillsec: number | null, abandonRate: number | null };

type Figures_CallStats_Fragment = { totalCall: number, totalAnswered: number, totalInbound: number, totalOutbound: number, totalLocal: number, totalBillsec: number, totalWaitsec: number, answerRate: number | null, inboundAnswerRate: number | null, outboundAnswerRate: number | null, averageSpeedOfAnswer: number | null, averageBillsec: number | null, abandonRate: number | null };

type Figures_DailyReport_Fragment = { totalCall: number, totalAnswered: number, totalInbound: number, totalOutbound: number, totalLocal: number, totalBillsec: number, totalWaitsec: number, answerRate: number | null, inboundAnswerRate: number | null, outboundAnswerRate: number | null, averageSpeedOfAnswer: number | null, averageBillsec: number | null, abandonRate: number | null };

export type FiguresFragment =
  | Figures_CallBucket_Fragment
  | Figures_CallStats_Fragment
  | Figures_DailyReport_Fragment
;

export type FreshnessQueryVariables = Exact<{ [key: string]: never; }>;


export type FreshnessQuery = { domain: { sources: Array<{ name: string, newestCall: string | null, newestActivity: string | null, lastImport: { startedAt: string, finishedAt: string | null } | null }> } };

export type GroupsQueryVariables = Exact<{
  period: Period;
  zone?: string | null | undefined;
  after?: string | null | undefined;
}>;


export type GroupsQuery = { groups: { nodes: Array<{ uuid: string, name: string, department: { name: string } | null, users: Array<{ uuid: string }>, callStats: { totalCall: number, totalAnswered: number, totalInbound: number, totalOutbound: number, totalLocal: number, totalBillsec: number, totalWaitsec: number, answerRate: number | null, inboundAnswerRate: number | null, outboundAnswerRate: number | null, averageSpeedOfAnswer: number | null, averageBillsec: number | null, abandonRate: number | null } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type NowQueryVariables = Exact<{
  people?: UserFilter | null | undefined;
  after?: string | null | undefined;
}>;


export type NowQuery = { users: { nodes: Array<{ uuid: string, displayName: string, activity: { state: AgentState, since: string, pauseCode: string } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

type PeriodFigures_Department_Fragment = { callStats: { totalCall: number, totalAnswered: number, totalInbound: number, totalOutbound: number, totalLocal: number, totalBillsec: number, totalWaitsec: number, answerRate: number | null, inboundAnswerRate: number | null, outboundAnswerRate: number | null, averageSpeedOfAnswer: number | null, averageBillsec: number | null, abandonRate: number | null } | null, dailyReports: Array<{ date: string, totalCall: number, totalAnswered: number, totalInbound: number, totalOutbound: number, answerRate: number | null }> | null, timeline?: Array<{ hour: number, isoWeekday: number, totalCall: number, complete: boolean }> | null };

type PeriodFigures_Domain_Fragment = { callStats: { totalCall: number, totalAnswered: number, totalInbound: number, totalOutbound: number, totalLocal: number, totalBillsec: number, totalWaitsec: number, answerRate: number | null, inboundAnswerRate: number | null, outboundAnswerRate: number | null, averageSpeedOfAnswer: number | null, averageBillsec: number | null, abandonRate: number | null } | null, dailyReports: Array<{ date: string, totalCall: number, totalAnswered: number, totalInbound: number, totalOutbound: number, answerRate: number | null }> | null, timeline?: Array<{ hour: number, isoWeekday: number, totalCall: number, complete: boolean }> | null };

type PeriodFigures_Extension_Fragment = { callStats: { totalCall: number, totalAnswered: number, totalInbound: number, totalOutbound: number, totalLocal: number, totalBillsec: number, totalWaitsec: number, answerRate: number | null, inboundAnswerRate: number | null, outboundAnswerRate: number | null, averageSpeedOfAnswer: number | null, averageBillsec: number | null, abandonRate: number | null } | null, dailyReports: Array<{ date: string, totalCall: number, totalAnswered: number, totalInbound: number, totalOutbound: number, answerRate: number | null }> | null, timeline?: Array<{ hour: number, isoWeekday: number, totalCall: number, complete: boolean }> | null };

type PeriodFigures_Group_Fragment = { callStats: { totalCall: number, totalAnswered: number, totalInbound: number, totalOutbound: number, totalLocal: number, totalBillsec: number, totalWaitsec: number, answerRate: number | null, inboundAnswerRate: number | null, outboundAnswerRate: number | null, averageSpeedOfAnswer: number | null, averageBillsec: number | null, abandonRate: number | null } | null, dailyReports: Array<{ date: string, totalCall: number, totalAnswered: number, totalInbound: number, totalOutbound: number, answerRate: number | null }> | null, timeline?: Array<{ hour: number, isoWeekday: number, totalCall: number, complete: boolean }> | null };

type PeriodFigures_User_Fragment = { callStats: { totalCall: number, totalAnswered: number, totalInbound: number, totalOutbound: number, totalLocal: number, totalBillsec: number, totalWaitsec: number, answerRate: number | null, inboundAnswerRate: number | null, outboundAnswerRate: number | null, averageSpeedOfAnswer: number | null, averageBillsec: number | null, abandonRate: number | null } | null, dailyReports: Array<{ date: string, totalCall: number, totalAnswered: number, totalInbound: number, totalOutbound: number, answerRate: number | null }> | null, timeline?: Array<{ hour: number, isoWeekday: number, totalCall: number, complete: boolean }> | null };

export type PeriodFiguresFragment =
  | PeriodFigures_Department_Fragment
  | PeriodFigures_Domain_Fragment
  | PeriodFigures_Extension_Fragment
  | PeriodFigures_Group_Fragment
  | PeriodFigures_User_Fragment
;

export type DomainPeriodQueryVariables = Exact<{
  period: Period;
  zone?: string | null | undefined;
  hours: boolean;
}>;


export type DomainPeriodQuery = { subject: { callStats: { totalCall: number, totalAnswered: number, totalInbound: number, totalOutbound: number, totalLocal: number, totalBillsec: number, totalWaitsec: number, answerRate: number | null, inboundAnswerRate: number | null, outboundAnswerRate: number | null, averageSpeedOfAnswer: number | null, averageBillsec: number | null, abandonRate: number | null } | null, dailyReports: Array<{ date: string, totalCall: number, totalAnswered: number, totalInbound: number, totalOutbound: number, answerRate: number | null }> | null, timeline?: Array<{ hour: number, isoWeekday: number, totalCall: number, complete: boolean }> | null } };

export type GroupPeriodQueryVariables = Exact<{
  uuid: string;
  period: Period;
  zone?: string | null | undefined;
  hours: boolean;
}>;


export type GroupPeriodQuery = { subject: { callStats: { totalCall: number, totalAnswered: number, totalInbound: number, totalOutbound: number, totalLocal: number, totalBillsec: number, totalWaitsec: number, answerRate: number | null, inboundAnswerRate: number | null, outboundAnswerRate: number | null, averageSpeedOfAnswer: number | null, averageBillsec: number | null, abandonRate: number | null } | null, dailyReports: Array<{ date: string, totalCall: number, totalAnswered: number, totalInbound: number, totalOutbound: number, answerRate: number | null }> | null, timeline?: Array<{ hour: number, isoWeekday: number, totalCall: number, complete: boolean }> | null } | null };

export type UserPeriodQueryVariables = Exact<{
  uuid: string;
  period: Period;
  zone?: string | null | undefined;
  hours: boolean;
}>;


export type UserPeriodQuery = { subject: { agentTime: { loginSec: number, totalTalkSec: number, totalWaitSec: number, totalPauseSec: number, totalDispoSec: number, occupancy: number | null } | null, callStats: { totalCall: number, totalAnswered: number, totalInbound: number, totalOutbound: number, totalLocal: number, totalBillsec: number, totalWaitsec: number, answerRate: number | null, inboundAnswerRate: number | null, outboundAnswerRate: number | null, averageSpeedOfAnswer: number | null, averageBillsec: number | null, abandonRate: number | null } | null, dailyReports: Array<{ date: string, totalCall: number, totalAnswered: number, totalInbound: number, totalOutbound: number, answerRate: number | null }> | null, timeline?: Array<{ hour: number, isoWeekday: number, totalCall: number, complete: boolean }> | null } | null };

type TodayFigures_Department_Fragment = { today: { totalCall: number, totalAnswered: number, totalInbound: number, totalOutbound: number, totalLocal: number, totalBillsec: number, totalWaitsec: number, answerRate: number | null, inboundAnswerRate: number | null, outboundAnswerRate: number | null, averageSpeedOfAnswer: number | null, averageBillsec: number | null, abandonRate: number | null } | null, yesterday: { totalCall: number, totalAnswered: number, totalInbound: number, totalOutbound: number, totalLocal: number, totalBillsec: number, totalWaitsec: number, answerRate: number | null, inboundAnswerRate: number | null, outboundAnswerRate: number | null, averageSpeedOfAnswer: number | null, averageBillsec: number | null, abandonRate: number | null } | null, lastHour: { totalCall: number, totalAnswered: number, period: { end: string } } | null, hours: Array<{ hour: number, totalCall: number, start: string, complete: boolean }> | null, hoursOfYesterday: Array<{ hour: number, totalCall: number }> | null };

type TodayFigures_Domain_Fragment = { today: { totalCall: number, totalAnswered: number, totalInbound: number, totalOutbound: number, totalLocal: number, totalBillsec: number, totalWaitsec: number, answerRate: number | null, inboundAnswerRate: number | null, outboundAnswerRate: number | null, averageSpeedOfAnswer: number | null, averageBillsec: number | null, abandonRate: number | null } | null, yesterday: { totalCall: number, totalAnswered: number, totalInbound: number, totalOutbound: number, totalLocal: number, totalBillsec: number, totalWaitsec: number, answerRate: number | null, inboundAnswerRate: number | null, outboundAnswerRate: number | null, averageSpeedOfAnswer: number | null, averageBillsec: number | null, abandonRate: number | null } | null, lastHour: { totalCall: number, totalAnswered: number, period: { end: string } } | null, hours: Array<{ hour: number, totalCall: number, start: string, complete: boolean }> | null, hoursOfYesterday: Array<{ hour: number, totalCall: number }> | null };

type TodayFigures_Extension_Fragment = { today: { totalCall: number, totalAnswered: number, totalInbound: number, totalOutbound: number, totalLocal: number, totalBillsec: number, totalWaitsec: number, answerRate: number | null, inboundAnswerRate: number | null, outboundAnswerRate: number | null, averageSpeedOfAnswer: number | null, averageBillsec: number | null, abandonRate: number | null } | null, yesterday: { totalCall: number, totalAnswered: number, totalInbound: number, totalOutbound: number, totalLocal: number, totalBillsec: number, totalWaitsec: number, answerRate: number | null, inboundAnswerRate: number | null, outboundAnswerRate: number | null, averageSpeedOfAnswer: number | null, averageBillsec: number | null, abandonRate: number | null } | null, lastHour: { totalCall: number, totalAnswered: number, period: { end: string } } | null, hours: Array<{ hour: number, totalCall: number, start: string, complete: boolean }> | null, hoursOfYesterday: Array<{ hour: number, totalCall: number }> | null };

type TodayFigures_Group_Fragment = { today: { totalCall: number, totalAnswered: number, totalInbound: number, totalOutbound: number, totalLocal: number, totalBillsec: number, totalWaitsec: number, answerRate: number | null, inboundAnswerRate: number | null, outboundAnswerRate: number | null, averageSpeedOfAnswer: number | null, averageBillsec: number | null, abandonRate: number | null } | null, yesterday: { totalCall: number, totalAnswered: number, totalInbound: number, totalOutbound: number, totalLocal: number, totalBillsec: number, totalWaitsec: number, answerRate: number | null, inboundAnswerRate: number | null, outboundAnswerRate: number | null, averageSpeedOfAnswer: number | null, averageBillsec: number | null, abandonRate: number | null } | null, lastHour: { totalCall: number, totalAnswered: number, period: { end: string } } | null, hours: Array<{ hour: number, totalCall: number, start: string, complete: boolean }> | null, hoursOfYesterday: Array<{ hour: number, totalCall: number }> | null };

type TodayFigures_User_Fragment = { today: { totalCall: number, totalAnswered: number, totalInbound: number, totalOutbound: number, totalLocal: number, totalBillsec: number, totalWaitsec: number, answerRate: number | null, inboundAnswerRate: number | null, outboundAnswerRate: number | null, averageSpeedOfAnswer: number | null, averageBillsec: number | null, abandonRate: number | null } | null, yesterday: { totalCall: number, totalAnswered: number, totalInbound: number, totalOutbound: number, totalLocal: number, totalBillsec: number, totalWaitsec: number, answerRate: number | null, inboundAnswerRate: number | null, outboundAnswerRate: number | null, averageSpeedOfAnswer: number | null, averageBillsec: number | null, abandonRate: number | null } | null, lastHour: { totalCall: number, totalAnswered: number, period: { end: string } } | null, hours: Array<{ hour: number, totalCall: number, start: string, complete: boolean }> | null, hoursOfYesterday: Array<{ hour: number, totalCall: number }> | null };

export type TodayFiguresFragment =
  | TodayFigures_Department_Fragment
  | TodayFigures_Domain_Fragment
  | TodayFigures_Extension_Fragment
  | TodayFigures_Group_Fragment
  | TodayFigures_User_Fragment
;

export type DomainTodayQueryVariables = Exact<{
  zone?: string | null | undefined;
}>;


export type DomainTodayQuery = { subject: { name: string, today: { totalCall: number, totalAnswered: number, totalInbound: number, totalOutbound: number, totalLocal: number, totalBillsec: number, totalWaitsec: number, answerRate: number | null, inboundAnswerRate: number | null, outboundAnswerRate: number | null, averageSpeedOfAnswer: number | null, averageBillsec: number | null, abandonRate: number | null } | null, yesterday: { totalCall: number, totalAnswered: number, totalInbound: number, totalOutbound: number, totalLocal: number, totalBillsec: number, totalWaitsec: number, answerRate: number | null, inboundAnswerRate: number | null, outboundAnswerRate: number | null, averageSpeedOfAnswer: number | null, averageBillsec: number | null, abandonRate: number | null } | null, lastHour: { totalCall: number, totalAnswered: number, period: { end: string } } | null, hours: Array<{ hour: number, totalCall: number, start: string, complete: boolean }> | null, hoursOfYesterday: Array<{ hour: number, totalCall: number }> | null } };

export type GroupTodayQueryVariables = Exact<{
  uuid: string;
  zone?: string | null | undefined;
}>;


export type GroupTodayQuery = { subject: { name: string, department: { name: string } | null, today: { totalCall: number, totalAnswered: number, totalInbound: number, totalOutbound: number, totalLocal: number, totalBillsec: number, totalWaitsec: number, answerRate: number | null, inboundAnswerRate: number | null, outboundAnswerRate: number | null, averageSpeedOfAnswer: number | null, averageBillsec: number | null, abandonRate: number | null } | null, yesterday: { totalCall: number, totalAnswered: number, totalInbound: number, totalOutbound: number, totalLocal: number, totalBillsec: number, totalWaitsec: number, answerRate: number | null, inboundAnswerRate: number | null, outboundAnswerRate: number | null, averageSpeedOfAnswer: number | null, averageBillsec: number | null, abandonRate: number | null } | null, lastHour: { totalCall: number, totalAnswered: number, period: { end: string } } | null, hours: Array<{ hour: number, totalCall: number, start: string, complete: boolean }> | null, hoursOfYesterday: Array<{ hour: number, totalCall: number }> | null } | null };

export type UserTodayQueryVariables = Exact<{
  uuid: string;
  zone?: string | null | undefined;
}>;


export type UserTodayQuery = { subject: { name: string, extensions: Array<{ extension: string }>, groups: Array<{ uuid: string, name: string }>, today: { totalCall: number, totalAnswered: number, totalInbound: number, totalOutbound: number, totalLocal: number, totalBillsec: number, totalWaitsec: number, answerRate: number | null, inboundAnswerRate: number | null, outboundAnswerRate: number | null, averageSpeedOfAnswer: number | null, averageBillsec: number | null, abandonRate: number | null } | null, yesterday: { totalCall: number, totalAnswered: number, totalInbound: number, totalOutbound: number, totalLocal: number, totalBillsec: number, totalWaitsec: number, answerRate: number | null, inboundAnswerRate: number | null, outboundAnswerRate: number | null, averageSpeedOfAnswer: number | null, averageBillsec: number | null, abandonRate: number | null } | null, lastHour: { totalCall: number, totalAnswered: number, period: { end: string } } | null, hours: Array<{ hour: number, totalCall: number, start: string, complete: boolean }> | null, hoursOfYesterday: Array<{ hour: number, totalCall: number }> | null } | null };

export type TopQueryVariables = Exact<{
  by: CallMetric;
  period: Period;
  zone?: string | null | undefined;
  people?: UserFilter | null | undefined;
}>;


export type TopQuery = { users: { ranking: Array<{ rank: number, user: { uuid: string, displayName: string }, callStats: { totalCall: number, totalAnswered: number, totalBillsec: number, answerRate: number | null, averageSpeedOfAnswer: number | null } }> | null } };

export type VersionSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type VersionSubscription = { dataVersion: number };

export type ViewerQueryVariables = Exact<{ [key: string]: never; }>;


export type ViewerQuery = { viewer: { role: Role, tokenName: string, expiresAt: string | null, user: { displayName: string } | null, domain: { name: string, timeZone: string } } };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const CallPageFragmentDoc = new TypedDocumentString(`
    fragment CallPage on CallConnection {
  totalCount
  nodes {
    uuid
    startedAt
    direction
    status
    statusExplanation
    callerNumber
    calleeNumber
    extensionNumber
    billsec
    waitsec
    duration
    user {
      uuid
      displayName
    }
  }
}
    `, {"fragmentName":"CallPage"}) as unknown as TypedDocumentString<CallPageFragment, unknown>;
export const FiguresFragmentDoc = new TypedDocumentString(`
    fragment Figures on CallMeasures {
  totalCall
  totalAnswered
  totalInbound
  totalOutbound
  totalLocal
  totalBillsec
  totalWaitsec
  answerRate
  inboundAnswerRate
  outboundAnswerRate
  averageSpeedOfAnswer
  averageBillsec
  abandonRate
}
    `, {"fragmentName":"Figures"}) as unknown as TypedDocumentString<FiguresFragment, unknown>;
export const PeriodFiguresFragmentDoc = new TypedDocumentString(`
    fragment PeriodFigures on Reporting {
  callStats(period: $period, timeZone: $zone) {
    ...Figures
  }
  dailyReports(period: $period, timeZone: $zone) {
    date
    totalCall
    totalAnswered
    totalInbound
    totalOutbound
    answerRate
  }
  timeline(grain: HOUR, period: $period, timeZone: $zone) @include(if: $hours) {
    hour
    isoWeekday
    totalCall
    complete
  }
}
    fragment Figures on CallMeasures {
  totalCall
  totalAnswered
  totalInbound
  totalOutbound
  totalLocal
  totalBillsec
  totalWaitsec
  answerRate
  inboundAnswerRate
  outboundAnswerRate
  averageSpeedOfAnswer
  averageBillsec
  abandonRate
}`, {"fragmentName":"PeriodFigures"}) as unknown as TypedDocumentString<PeriodFiguresFragment, unknown>;
export const TodayFiguresFragmentDoc = new TypedDocumentString(`
    fragment TodayFigures on Reporting {
  today: callStats(timeZone: $zone) {
    ...Figures
  }
  yesterday: callStats(timeZone: $zone, shift: DAY) {
    ...Figures
  }
  lastHour: callStats(period: {lastMinutes: 60}, timeZone: $zone) {
    totalCall
    totalAnswered
    period {
      end
    }
  }
  hours: timeline(grain: HOUR, timeZone: $zone) {
    hour
    totalCall
    start
    complete
  }
  hoursOfYesterday: timeline(
    grain: HOUR
    period: {preset: YESTERDAY}
    timeZone: $zone
  ) {
    hour
    totalCall
  }
}
    fragment Figures on CallMeasures {
  totalCall
  totalAnswered
  totalInbound
  totalOutbound
  totalLocal
  totalBillsec
  totalWaitsec
  answerRate
  inboundAnswerRate
  outboundAnswerRate
  averageSpeedOfAnswer
  averageBillsec
  abandonRate
}`, {"fragmentName":"TodayFigures"}) as unknown as TypedDocumentString<TodayFiguresFragment, unknown>;
export const AgentsDocument = new TypedDocumentString(`
    query Agents($period: Period!, $zone: TimeZone, $people: UserFilter, $after: String) {
  users(first: 250, filter: $people, after: $after) {
    nodes {
      uuid
      displayName
      username
      extension {
        extension
      }
      groups {
        uuid
        name
      }
      callStats(period: $period, timeZone: $zone) {
        ...Figures
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    fragment Figures on CallMeasures {
  totalCall
  totalAnswered
  totalInbound
  totalOutbound
  totalLocal
  totalBillsec
  totalWaitsec
  answerRate
  inboundAnswerRate
  outboundAnswerRate
  averageSpeedOfAnswer
  averageBillsec
  abandonRate
}`) as unknown as TypedDocumentString<AgentsQuery, AgentsQueryVariables>;
export const DomainCallsDocument = new TypedDocumentString(`
    query DomainCalls($period: Period!, $zone: TimeZone, $filter: CallFilter, $first: Int!) {
  subject: domain {
    callStats(period: $period, timeZone: $zone) {
      totalCall
    }
    calls(first: $first, period: $period, timeZone: $zone, filter: $filter) {
      ...CallPage
    }
  }
}
    fragment CallPage on CallConnection {
  totalCount
  nodes {
    uuid
    startedAt
    direction
    status
    statusExplanation
    callerNumber
    calleeNumber
    extensionNumber
    billsec
    waitsec
    duration
    user {
      uuid
      displayName
    }
  }
}`) as unknown as TypedDocumentString<DomainCallsQuery, DomainCallsQueryVariables>;
export const GroupCallsDocument = new TypedDocumentString(`
    query GroupCalls($uuid: UUID!, $period: Period!, $zone: TimeZone, $filter: CallFilter, $first: Int!) {
  subject: group(uuid: $uuid) {
    callStats(period: $period, timeZone: $zone) {
      totalCall
    }
    calls(first: $first, period: $period, timeZone: $zone, filter: $filter) {
      ...CallPage
    }
  }
}
    fragment CallPage on CallConnection {
  totalCount
  nodes {
    uuid
    startedAt
    direction
    status
    statusExplanation
    callerNumber
    calleeNumber
    extensionNumber
    billsec
    waitsec
    duration
    user {
      uuid
      displayName
    }
  }
}`) as unknown as TypedDocumentString<GroupCallsQuery, GroupCallsQueryVariables>;
export const UserCallsDocument = new TypedDocumentString(`
    query UserCalls($uuid: UUID!, $period: Period!, $zone: TimeZone, $filter: CallFilter, $first: Int!) {
  subject: user(by: {uuid: $uuid}) {
    callStats(period: $period, timeZone: $zone) {
      totalCall
    }
    calls(first: $first, period: $period, timeZone: $zone, filter: $filter) {
      ...CallPage
    }
  }
}
    fragment CallPage on CallConnection {
  totalCount
  nodes {
    uuid
    startedAt
    direction
    status
    statusExplanation
    callerNumber
    calleeNumber
    extensionNumber
    billsec
    waitsec
    duration
    user {
      uuid
      displayName
    }
  }
}`) as unknown as TypedDocumentString<UserCallsQuery, UserCallsQueryVariables>;
export const FreshnessDocument = new TypedDocumentString(`
    query Freshness {
  domain {
    sources {
      name
      newestCall
      newestActivity
      lastImport {
        startedAt
        finishedAt
      }
    }
  }
}
    `) as unknown as TypedDocumentString<FreshnessQuery, FreshnessQueryVariables>;
export const GroupsDocument = new TypedDocumentString(`
    query Groups($period: Period!, $zone: TimeZone, $after: String) {
  groups(first: 200, after: $after) {
    nodes {
      uuid
      name
      department {
        name
      }
      users {
        uuid
      }
      callStats(period: $period, timeZone: $zone) {
        ...Figures
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    fragment Figures on CallMeasures {
  totalCall
  totalAnswered
  totalInbound
  totalOutbound
  totalLocal
  totalBillsec
  totalWaitsec
  answerRate
  inboundAnswerRate
  outboundAnswerRate
  averageSpeedOfAnswer
  averageBillsec
  abandonRate
}`) as unknown as TypedDocumentString<GroupsQuery, GroupsQueryVariables>;
export const NowDocument = new TypedDocumentString(`
    query Now($people: UserFilter, $after: String) {
  users(first: 500, filter: $people, after: $after) {
    nodes {
      uuid
      displayName
      activity {
        state
        since
        pauseCode
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<NowQuery, NowQueryVariables>;
export const DomainPeriodDocument = new TypedDocumentString(`
    query DomainPeriod($period: Period!, $zone: TimeZone, $hours: Boolean!) {
  subject: domain {
    ...PeriodFigures
  }
}
    fragment Figures on CallMeasures {
  totalCall
  totalAnswered
  totalInbound
  totalOutbound
  totalLocal
  totalBillsec
  totalWaitsec
  answerRate
  inboundAnswerRate
  outboundAnswerRate
  averageSpeedOfAnswer
  averageBillsec
  abandonRate
}
fragment PeriodFigures on Reporting {
  callStats(period: $period, timeZone: $zone) {
    ...Figures
  }
  dailyReports(period: $period, timeZone: $zone) {
    date
    totalCall
    totalAnswered
    totalInbound
    totalOutbound
    answerRate
  }
  timeline(grain: HOUR, period: $period, timeZone: $zone) @include(if: $hours) {
    hour
    isoWeekday
    totalCall
    complete
  }
}`) as unknown as TypedDocumentString<DomainPeriodQuery, DomainPeriodQueryVariables>;
export const GroupPeriodDocument = new TypedDocumentString(`
    query GroupPeriod($uuid: UUID!, $period: Period!, $zone: TimeZone, $hours: Boolean!) {
  subject: group(uuid: $uuid) {
    ...PeriodFigures
  }
}
    fragment Figures on CallMeasures {
  totalCall
  totalAnswered
  totalInbound
  totalOutbound
  totalLocal
  totalBillsec
  totalWaitsec
  answerRate
  inboundAnswerRate
  outboundAnswerRate
  averageSpeedOfAnswer
  averageBillsec
  abandonRate
}
fragment PeriodFigures on Reporting {
  callStats(period: $period, timeZone: $zone) {
    ...Figures
  }
  dailyReports(period: $period, timeZone: $zone) {
    date
    totalCall
    totalAnswered
    totalInbound
    totalOutbound
    answerRate
  }
  timeline(grain: HOUR, period: $period, timeZone: $zone) @include(if: $hours) {
    hour
    isoWeekday
    totalCall
    complete
  }
}`) as unknown as TypedDocumentString<GroupPeriodQuery, GroupPeriodQueryVariables>;
export const UserPeriodDocument = new TypedDocumentString(`
    query UserPeriod($uuid: UUID!, $period: Period!, $zone: TimeZone, $hours: Boolean!) {
  subject: user(by: {uuid: $uuid}) {
    ...PeriodFigures
    agentTime(period: $period, timeZone: $zone) {
      loginSec
      totalTalkSec
      totalWaitSec
      totalPauseSec
      totalDispoSec
      occupancy
    }
  }
}
    fragment Figures on CallMeasures {
  totalCall
  totalAnswered
  totalInbound
  totalOutbound
  totalLocal
  totalBillsec
  totalWaitsec
  answerRate
  inboundAnswerRate
  outboundAnswerRate
  averageSpeedOfAnswer
  averageBillsec
  abandonRate
}
fragment PeriodFigures on Reporting {
  callStats(period: $period, timeZone: $zone) {
    ...Figures
  }
  dailyReports(period: $period, timeZone: $zone) {
    date
    totalCall
    totalAnswered
    totalInbound
    totalOutbound
    answerRate
  }
  timeline(grain: HOUR, period: $period, timeZone: $zone) @include(if: $hours) {
    hour
    isoWeekday
    totalCall
    complete
  }
}`) as unknown as TypedDocumentString<UserPeriodQuery, UserPeriodQueryVariables>;
export const DomainTodayDocument = new TypedDocumentString(`
    query DomainToday($zone: TimeZone) {
  subject: domain {
    name
    ...TodayFigures
  }
}
    fragment Figures on CallMeasures {
  totalCall
  totalAnswered
  totalInbound
  totalOutbound
  totalLocal
  totalBillsec
  totalWaitsec
  answerRate
  inboundAnswerRate
  outboundAnswerRate
  averageSpeedOfAnswer
  averageBillsec
  abandonRate
}
fragment TodayFigures on Reporting {
  today: callStats(timeZone: $zone) {
    ...Figures
  }
  yesterday: callStats(timeZone: $zone, shift: DAY) {
    ...Figures
  }
  lastHour: callStats(period: {lastMinutes: 60}, timeZone: $zone) {
    totalCall
    totalAnswered
    period {
      end
    }
  }
  hours: timeline(grain: HOUR, timeZone: $zone) {
    hour
    totalCall
    start
    complete
  }
  hoursOfYesterday: timeline(
    grain: HOUR
    period: {preset: YESTERDAY}
    timeZone: $zone
  ) {
    hour
    totalCall
  }
}`) as unknown as TypedDocumentString<DomainTodayQuery, DomainTodayQueryVariables>;
export const GroupTodayDocument = new TypedDocumentString(`
    query GroupToday($uuid: UUID!, $zone: TimeZone) {
  subject: group(uuid: $uuid) {
    name
    department {
      name
    }
    ...TodayFigures
  }
}
    fragment Figures on CallMeasures {
  totalCall
  totalAnswered
  totalInbound
  totalOutbound
  totalLocal
  totalBillsec
  totalWaitsec
  answerRate
  inboundAnswerRate
  outboundAnswerRate
  averageSpeedOfAnswer
  averageBillsec
  abandonRate
}
fragment TodayFigures on Reporting {
  today: callStats(timeZone: $zone) {
    ...Figures
  }
  yesterday: callStats(timeZone: $zone, shift: DAY) {
    ...Figures
  }
  lastHour: callStats(period: {lastMinutes: 60}, timeZone: $zone) {
    totalCall
    totalAnswered
    period {
      end
    }
  }
  hours: timeline(grain: HOUR, timeZone: $zone) {
    hour
    totalCall
    start
    complete
  }
  hoursOfYesterday: timeline(
    grain: HOUR
    period: {preset: YESTERDAY}
    timeZone: $zone
  ) {
    hour
    totalCall
  }
}`) as unknown as TypedDocumentString<GroupTodayQuery, GroupTodayQueryVariables>;
export const UserTodayDocument = new TypedDocumentString(`
    query UserToday($uuid: UUID!, $zone: TimeZone) {
  subject: user(by: {uuid: $uuid}) {
    name: displayName
    extensions {
      extension
    }
    groups {
      uuid
      name
    }
    ...TodayFigures
  }
}
    fragment Figures on CallMeasures {
  totalCall
  totalAnswered
  totalInbound
  totalOutbound
  totalLocal
  totalBillsec
  totalWaitsec
  answerRate
  inboundAnswerRate
  outboundAnswerRate
  averageSpeedOfAnswer
  averageBillsec
  abandonRate
}
fragment TodayFigures on Reporting {
  today: callStats(timeZone: $zone) {
    ...Figures
  }
  yesterday: callStats(timeZone: $zone, shift: DAY) {
    ...Figures
  }
  lastHour: callStats(period: {lastMinutes: 60}, timeZone: $zone) {
    totalCall
    totalAnswered
    period {
      end
    }
  }
  hours: timeline(grain: HOUR, timeZone: $zone) {
    hour
    totalCall
    start
    complete
  }
  hoursOfYesterday: timeline(
    grain: HOUR
    period: {preset: YESTERDAY}
    timeZone: $zone
  ) {
    hour
    totalCall
  }
}`) as unknown as TypedDocumentString<UserTodayQuery, UserTodayQueryVariables>;
export const TopDocument = new TypedDocumentString(`
    query Top($by: CallMetric!, $period: Period!, $zone: TimeZone, $people: UserFilter) {
  users(filter: $people) {
    ranking(by: $by, period: $period, timeZone: $zone) {
      rank
      user {
        uuid
        displayName
      }
      callStats {
        totalCall
        totalAnswered
        totalBillsec
        answerRate
        averageSpeedOfAnswer
      }
    }
  }
}
    `) as unknown as TypedDocumentString<TopQuery, TopQueryVariables>;
export const VersionDocument = new TypedDocumentString(`
    subscription Version {
  dataVersion
}
    `) as unknown as TypedDocumentString<VersionSubscription, VersionSubscriptionVariables>;
export const ViewerDocument = new TypedDocumentString(`
    query Viewer {
  viewer {
    role
    tokenName
    expiresAt
    user {
      displayName
    }
    domain {
      name
      timeZone
    }
  }
}
    `) as unknown as TypedDocumentString<ViewerQuery, ViewerQueryVariables>;