import{a as e}from"./rolldown-runtime-BWaJ3C7D.js";import{_r as t,c as n,f as r,gr as i,h as a,hr as o,i as s,l as c,n as l,p as u,r as d,t as f}from"./libraries-CI8O1fnF.js";function p(e){return new Worker(`/graphiql/assets/editor.worker-DEFT_Yb2.js`,{type:`module`,name:e?.name})}function m(e){return new Worker(`/graphiql/assets/json.worker-ky6CAS4V.js`,{type:`module`,name:e?.name})}function h(e){return new Worker(`/graphiql/assets/graphql.worker-CnQW6F4w.js`,{type:`module`,name:e?.name})}Object.assign(globalThis,{MonacoEnvironment:{getWorker(e,t){switch(t){case`json`:return new m;case`graphql`:return new h;default:return new p}}}});var g=e(t(),1),_=i();n();var v=4403;function y(e){return f({url:`${location.origin.replace(/^http/,`ws`)}/graphql`,connectionParams:{Authorization:`Bearer ${e}`},shouldRetry:e=>!(e instanceof CloseEvent&&e.code===v)})}function b(e,t){let n=e.iterate(t),r=n.next.bind(n);return n.next=()=>r().catch(e=>({done:!1,value:x(e)})),n}function x(e){return Array.isArray(e)?{errors:e}:{errors:[{message:e instanceof CloseEvent&&e.reason||`The connection to the gateway was lost: press the button to try again.`}]}}var S=`query Viewer { viewer { domain { name timeZone } role tokenName expiresAt } }`,C=c({oneOf:!0,inputValueDeprecation:!0});async function w(e,t){let n=await fetch(`/graphql`,{method:`POST`,headers:{Accept:`application/graphql-response+json, application/json`,Authorization:`Bearer ${e}`,"Content-Type":`application/json`},body:JSON.stringify(t),credentials:`omit`});if(!n.headers.get(`content-type`)?.includes(`json`))throw Error(`The answer is no JSON: ${n.status} ${n.statusText}`);return n.json()}async function T(e){let t=e.trim().replace(/^Bearer\s+/i,``);if(!/^[\x21-\x7e]+$/.test(t))throw Error(`This is no token: a token has no spaces and no accents.`);let{data:n,errors:r}=await w(t,{query:S});if(!n?.viewer)throw Error(r?.[0]?.message??`The gateway does not say who the token is for.`);return{token:t,viewer:n.viewer}}function E(e,t){return e.operationName===`IntrospectionQuery`?{...e,query:C}:t.length>1?e:{...e,operationName:void 0}}function D(e){try{return r(e).definitions.filter(e=>e.kind===u.OPERATION_DEFINITION)}catch{return[]}}function O(e,t){return(t.length>1?t.find(t=>t.name?.value===e):t[0])?.operation===a.SUBSCRIPTION}function k(e,t){return!e||!t?()=>({errors:[{message:`Enter your token above first.`}]}):n=>{let r=D(n.query),i=E(n,r);return O(n.operationName,r)?b(t,i):w(e.token,i)}}var A=[`# Every agent's calls and days of the
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
`,`# Today so far, sent again whenever it
# changes. The button stops it again.
subscription Live {
  domain {
    name
    callStats(period: {preset: TODAY}) {
      totalCall
      totalAnswered
      totalBusyLine
      answerRate
    }
  }
}
`].map(e=>({query:e})),j=o(),M=`gateway:token`;function N({session:e,onSession:t}){let[n,r]=(0,g.useState)(``),[i,a]=(0,g.useState)(!1);async function o(e){a(!0),r(``);try{let n=await T(e);sessionStorage.setItem(M,n.token),t(n)}catch(e){r(e instanceof Error?e.message:String(e))}finally{a(!1)}}function s(){sessionStorage.removeItem(M),t(null)}return(0,g.useEffect)(()=>{let e=sessionStorage.getItem(M);e&&o(e)},[]),(0,j.jsxs)(`header`,{className:`graphiql-container token-bar`,children:[(0,j.jsx)(`h1`,{children:`Call statistics`}),e?(0,j.jsxs)(j.Fragment,{children:[(0,j.jsx)(`p`,{role:`status`,children:F(e.viewer)}),(0,j.jsx)(`button`,{type:`button`,onClick:s,children:`Forget token`})]}):(0,j.jsx)(P,{busy:i,problem:n,onToken:o}),(0,j.jsx)(`a`,{href:`/`,children:`Wallboard`})]})}function P({busy:e,problem:t,onToken:n}){let[r,i]=(0,g.useState)(``);function a(e){e.preventDefault(),r.trim()&&n(r)}return(0,j.jsxs)(`form`,{onSubmit:a,children:[(0,j.jsx)(`label`,{htmlFor:`token`,children:`Token`}),(0,j.jsx)(`input`,{id:`token`,type:`password`,autoComplete:`off`,autoFocus:!0,spellCheck:!1,value:r,onChange:e=>i(e.target.value),"aria-describedby":`token-help`,"aria-invalid":t!==``}),(0,j.jsx)(`button`,{type:`submit`,disabled:e,children:`Use`}),(0,j.jsx)(`p`,{id:`token-help`,role:t?`alert`:void 0,children:t||(0,j.jsxs)(j.Fragment,{children:[`Paste the token of your domain; this browser tab alone keeps it. `,(0,j.jsx)(`code`,{children:`make demo`}),` prints one, and`,` `,(0,j.jsx)(`code`,{children:`gateway token create`}),` makes one.`]})})]})}function F({domain:e,role:t,tokenName:n,expiresAt:r}){let i=r?`until ${new Date(r).toLocaleString(`sv`,{timeZone:e.timeZone})}`:``;return[e.name,e.timeZone,t.toLowerCase(),`token “${n}”`,i].filter(Boolean).join(` · `)}var I=s({showAttribution:!1}),L=[I,d];function R(){let[e,t]=(0,g.useState)(null),n=(0,g.useMemo)(()=>e&&y(e.token),[e]),r=(0,g.useMemo)(()=>k(e,n),[e,n]);return(0,g.useEffect)(()=>()=>void n?.dispose(),[n]),(0,j.jsxs)(j.Fragment,{children:[(0,j.jsx)(N,{session:e,onSession:t}),(0,j.jsx)(`main`,{children:(0,j.jsx)(l,{fetcher:r,schema:e?void 0:null,plugins:L,visiblePlugin:I,defaultTabs:A,isHeadersEditorEnabled:!1,shouldPersistHeaders:!1,children:(0,j.jsx)(l.Logo,{children:` `})})})]})}(0,_.createRoot)(document.getElementById(`page`)).render((0,j.jsx)(R,{}));