import{a as e}from"./rolldown-runtime-BWaJ3C7D.js";import{c as t,d as n,f as r,fr as i,mr as a,n as o,pr as s,r as c,s as l,t as u}from"./libraries-B2BdtdXh.js";function d(e){return new Worker(`/graphiql/assets/editor.worker-DEFT_Yb2.js`,{type:`module`,name:e?.name})}function f(e){return new Worker(`/graphiql/assets/json.worker-ky6CAS4V.js`,{type:`module`,name:e?.name})}function p(e){return new Worker(`/graphiql/assets/graphql.worker-CnQW6F4w.js`,{type:`module`,name:e?.name})}Object.assign(globalThis,{MonacoEnvironment:{getWorker(e,t){switch(t){case`json`:return new f;case`graphql`:return new p;default:return new d}}}});var m=e(a(),1),h=s();l();var g=`query Viewer { viewer { domain { name timeZone } role tokenName expiresAt } }`,_=t({oneOf:!0,inputValueDeprecation:!0});async function v(e,t){let n=await fetch(`/graphql`,{method:`POST`,headers:{Accept:`application/graphql-response+json, application/json`,Authorization:`Bearer ${e}`,"Content-Type":`application/json`},body:JSON.stringify(t),credentials:`omit`});if(!n.headers.get(`content-type`)?.includes(`json`))throw Error(`The answer is no JSON: ${n.status} ${n.statusText}`);return n.json()}async function y(e){let t=e.trim().replace(/^Bearer\s+/i,``);if(!/^[\x21-\x7e]+$/.test(t))throw Error(`This is no token: a token has no spaces and no accents.`);let{data:n,errors:r}=await v(t,{query:g});if(!n?.viewer)throw Error(r?.[0]?.message??`The gateway does not say who the token is for.`);return{token:t,viewer:n.viewer}}function b(e){return e.operationName===`IntrospectionQuery`?{...e,query:_}:x(e.query)?e:{...e,operationName:void 0}}function x(e){try{return n(e).definitions.filter(({kind:e})=>e===r.OPERATION_DEFINITION).length>1}catch{return!1}}function S(e){return async t=>e?v(e.token,b(t)):{errors:[{message:`Enter your token above first.`}]}}var C=[`# Every agent's calls and days of the
# last week. Ctrl-Enter asks it.
query Dashboard(
  $period: Period = {preset: LAST_7_DAYS}
) {
  users(first: 50) {
    totalCount
    nodes {
      username
      displayName
      extension {
        extension
      }
      groups {
        name
      }
      callStats(period: $period) {
        totalCall
        totalAnswered
        totalInbound
        totalOutbound
        totalBillsec
        answerRate
        averageBillsec
      }
      dailyReports(period: $period) {
        date
        totalCall
        totalAnswered
      }
    }
  }
}
`,`# What each team did, day by day. The
# days are those of the domain's zone.
query GroupsByDay(
  $period: Period = {preset: LAST_7_DAYS}
) {
  groups {
    nodes {
      name
      department {
        name
      }
      callStats(period: $period) {
        totalCall
        answerRate
      }
      dailyReports(period: $period) {
        date
        totalCall
        totalAnswered
        totalInbound
        totalOutbound
        totalBillsec
      }
    }
  }
}
`,`# Pause, wait, talk and after-call work
# in seconds, by team and by agent.
query AgentTime(
  $period: Period = {preset: TODAY}
) {
  groups {
    nodes {
      name
      agentTime(period: $period) {
        ...Time
      }
    }
  }
  users(first: 50) {
    nodes {
      username
      displayName
      agentTime(period: $period) {
        earliestTime
        latestTime
        ...Time
      }
    }
  }
}

fragment Time on AgentTime {
  loginSec
  totalPauseSec
  totalWaitSec
  totalTalkSec
  totalDispoSec
  occupancy
  utilisation
}
`,`# Today until now, and yesterday until
# the same time of day.
query TodayAgainstYesterday {
  domain {
    name
    timeZone
    today: callStats(
      period: {preset: TODAY}
    ) {
      ...Figures
    }
    yesterday: callStats(
      period: {preset: TODAY}
      shift: DAY
    ) {
      ...Figures
    }
    byHour: timeline(
      period: {preset: TODAY}
      grain: HOUR
    ) {
      hour
      totalCall
      totalAnswered
    }
  }
}

fragment Figures on CallStats {
  period {
    start
    end
  }
  totalCall
  totalAnswered
  totalInbound
  totalOutbound
  answerRate
  abandonRate
  averageSpeedOfAnswer
  averageBillsec
}
`].map(e=>({query:e})),w=i(),T=`gateway:token`;function E({session:e,onSession:t}){let[n,r]=(0,m.useState)(``),[i,a]=(0,m.useState)(!1);async function o(e){a(!0),r(``);try{let n=await y(e);sessionStorage.setItem(T,n.token),t(n)}catch(e){r(e instanceof Error?e.message:String(e))}finally{a(!1)}}function s(){sessionStorage.removeItem(T),t(null)}return(0,m.useEffect)(()=>{let e=sessionStorage.getItem(T);e&&o(e)},[]),(0,w.jsxs)(`header`,{className:`graphiql-container token-bar`,children:[(0,w.jsx)(`h1`,{children:`Call statistics`}),e?(0,w.jsxs)(w.Fragment,{children:[(0,w.jsx)(`p`,{role:`status`,children:O(e.viewer)}),(0,w.jsx)(`button`,{type:`button`,onClick:s,children:`Forget token`})]}):(0,w.jsx)(D,{busy:i,problem:n,onToken:o})]})}function D({busy:e,problem:t,onToken:n}){let[r,i]=(0,m.useState)(``);function a(e){e.preventDefault(),r.trim()&&n(r)}return(0,w.jsxs)(`form`,{onSubmit:a,children:[(0,w.jsx)(`label`,{htmlFor:`token`,children:`Token`}),(0,w.jsx)(`input`,{id:`token`,type:`password`,autoComplete:`off`,autoFocus:!0,spellCheck:!1,value:r,onChange:e=>i(e.target.value),"aria-describedby":`token-help`,"aria-invalid":t!==``}),(0,w.jsx)(`button`,{type:`submit`,disabled:e,children:`Use`}),(0,w.jsx)(`p`,{id:`token-help`,role:t?`alert`:void 0,children:t||(0,w.jsxs)(w.Fragment,{children:[`Paste the token of your domain; this browser tab alone keeps it. `,(0,w.jsx)(`code`,{children:`make demo`}),` prints one, and`,` `,(0,w.jsx)(`code`,{children:`gateway token create`}),` makes one.`]})})]})}function O({domain:e,role:t,tokenName:n,expiresAt:r}){let i=r?`until ${new Date(r).toLocaleString(`sv`,{timeZone:e.timeZone})}`:``;return[e.name,e.timeZone,t.toLowerCase(),`token “${n}”`,i].filter(Boolean).join(` · `)}var k=c({showAttribution:!1}),A=[k,o];function j(){let[e,t]=(0,m.useState)(null),n=(0,m.useMemo)(()=>S(e),[e]);return(0,w.jsxs)(w.Fragment,{children:[(0,w.jsx)(E,{session:e,onSession:t}),(0,w.jsx)(`main`,{children:(0,w.jsx)(u,{fetcher:n,schema:e?void 0:null,plugins:A,visiblePlugin:k,defaultTabs:C,isHeadersEditorEnabled:!1,shouldPersistHeaders:!1,children:(0,w.jsx)(u.Logo,{children:` `})})})]})}(0,h.createRoot)(document.getElementById(`page`)).render((0,w.jsx)(j,{}));