// All words of the pages, in English and Chinese. What the proxy itself says (reasons, checks) comes as it wrote it.

const EN = {
  skip: 'Skip to content', settings: 'Settings', language: '中文', dark: 'Dark', light: 'Light', signOut: 'Sign out', readOnly: 'read-only',
  live: 'live', connecting: 'connecting', lost: 'connection lost',
  lostBanner: 'Connection to the proxy lost. The figures below are from {time} ({ago}). Trying again each second.',
  never: 'The proxy does not answer. Trying again each second.',
  routes: 'Routes', filter: 'Filter by name', route: 'Route', release: 'Release', phase: 'Phase', ratio: 'On canary', errors: 'Errors', p50: 'p50', p90: 'p90', p95: 'p95', p99: 'p99',
  checks: 'Checks', noRoutes: 'No route matches.', oldNew: 'stable → canary', noCanary: 'no canary',
  allWell: 'All is well (routes: {n}).', needLook: 'Need a look: {n} of {all}.',
  idle: 'idle', progressing: 'progressing', paused: 'paused', promoted: 'promoted', rolledBack: 'rolled back', aborted: 'aborted',
  healthy: 'healthy', insufficient: 'insufficient', breach: 'breach', stable: 'stable', canary: 'canary',
  sayIdle: 'No canary: all requests go to {stable}.', sayProgressing: '{ratio} % of users get {release}; the others stay on {stable}.',
  sayPaused: 'Paused: {ratio} % of users stay on {release}.', sayPromoted: 'Promoted: all users get {release}.',
  sayRolledBack: 'Rolled back: nobody gets {release} any more.', sayAborted: 'Aborted: nobody gets {release} any more.',
  since: 'since {time}, {ago}', bucketsLabel: '{n} of 100 buckets are on the canary', ofUsers: 'of users on the canary', wanted: 'The file wants {n} %; an operator or a rollback holds it.',
  notStored: 'This state is not stored yet; the write is being retried.',
  controls: 'Controls', setRatio: 'Set ratio', pause: 'Pause', resume: 'Resume', promote: 'Promote', rollback: 'Roll back', abort: 'Abort', newRelease: 'New release', percent: 'percent',
  confirm: 'Confirm', cancel: 'Cancel', reason: 'Reason (goes into the audit trail)', newRatio: 'Ratio in percent, 0 to 100', releaseName: 'Name of the release',
  askRatio: 'Send this share of users to {release}?', askPause: 'Hold {release} where it is? No further step is taken; checks go on.', askResume: 'Let {release} go on?',
  askPromote: 'Send all users to {release}?', askRollback: 'Send all users back to {stable}? From the next request on nobody reaches {release}, and it does not start again by itself.',
  askAbort: 'Give up {release}? All users go to {stable}, and it does not start again by itself.', askNew: 'Start another release on this route?',
  oldAgainstNew: 'Old against new', version: 'Version', requests: 'Requests', errorRate: 'Error rate', interval: '95 % interval', users: 'Users', mean: 'mean',
  windowNote: 'Figures of the analysis window; under p50 and p99 their 95 % intervals.', atLeast: 'from {low}', errorsChart: 'Error rate', latencyChart: 'p99 latency', requestsChart: 'Requests in the window', last10: 'last 10 minutes',
  noChecks: 'This route has no checks.', checksOver: 'Nobody is on this release any more: there is nothing to judge. What the checks said at the decision stands with the rollback.', value: 'value', limit: 'limit', samples: '{n} samples', ofLimit: '{n} of its limit',
  plan: 'Plan', events: 'What happened', noEvents: 'Nothing has happened yet.', by: 'by {who}', story: 'What happened, who was harmed, what the checks said', back: 'Back to {route}', allRoutes: 'All routes',
  explain: 'Which version does a user get?', userId: 'User ID', ask: 'Explain', bucket: 'bucket', why: 'why', rule: 'rule',
  gone: 'There is no route {route} (any more).', noEvent: 'There is no event {id}.',
  signIn: 'Sign in', token: 'Token', name: 'Your name (for the audit trail)', tokenHint: 'The content of admin.tokenFile, or of admin.readTokenFile to look only.', unreachable: 'The proxy does not answer.',
  expired: 'You are signed out. Sign in again.', action: 'Action', when: 'When', from: 'From', to: 'To', check: 'Check', who: 'Who',
  becamePhase: '{route}: {phase}', details: 'Details', ratioAction: 'ratio set', start: 'start', step: 'step', reconfigure: 'configuration', releaseAction: 'release started',
  wantedAction: 'file changed', gateAction: 'gate', resumedAction: 'resumed', gateOperator: 'until resumed', gateOf: 'gate: {name}',
  stepOf: 'Step {step} of {steps}', stepNow: 'Step {step}', waitsFor: 'Waits for: {what}',
  instances: 'Instances', instancesHave: '{n} of {all} have {release}.', instancesBack: '{release} is being taken back, one instance after another: {n} of {all} still have it.',
  versionBefore: 'version before', isOut: 'gets no requests',
  short_ready: 'waits', short_drain: 'drains', short_hook: 'changes', short_health: 'health', short_stagePut: 'judged', short_stageBack: 'back',
  stage_ready: 'Next to be updated; waits until another instance is well', stage_drain: 'Drains: gets nothing new, what is under way ends', stage_hook: 'The update runs', stage_health: 'Updated; waits until it is well',
  undo_ready: 'Next to be taken back; waits until another instance is well', undo_drain: 'Drains before it is taken back', undo_hook: 'The undo runs', undo_health: 'Taken back; waits until it is well',
  cost: 'What it cost', costWords: 'requests failed beyond stable\'s share, of about {users} users; {failed} users saw a failure.',
  costFrom: 'Canary: {errors} of {requests} requests failed; stable: {stableErrors} of {stableRequests}; over {seconds} s.',
  worseSince: 'Worse since {time}.', cameInAll: 'About {users} users and {requests} requests reached this release in all.', atDecision: 'Old against new at the decision',
  otherChecks: 'What the other checks said', contributors: 'Users with most counted failures (hashed)', user: 'User', failures: 'Failures', share: 'Share', answers: 'The canary\'s answers by class', custom: 'Reported by the services',
  toExperiment: 'The A/B test: variants, lift, split', noExperiment: 'No A/B test runs on this route.', testRuns: 'The A/B test is running.', testEnded: 'The A/B test is over.', winnerIs: 'Variant {name} has won.',
  split: 'The split of users', splitOk: 'Users come to the variants in the shares that they are drawn with.', splitWrong: 'Do not trust these figures: the split of users is wrong. Evidence ends nothing.',
  splitChance: 'At its oddest, the chance of such a split was {chance} at most; the alarm is at {limit}.',
  goal: 'The goal', goalMetric: 'Metric', moreIsBetter: 'more is better', lessIsBetter: 'less is better', confidence: 'Confidence', confidenceWords: '{n}, at all times together: look as often as you like.',
  began: 'Began', endsBy: 'Ends by', variants: 'Variants', variant: 'Variant', reports: 'Reports', hits: 'Hits', goalMean: 'Mean', lift: 'Lift', lasting: 'Interval', verdict: 'Verdict',
  v_control: 'control', v_early: 'too early', v_undecided: 'undecided', v_better: 'better', v_worse: 'worse',
  liftChart: 'Lift over the control, with its interval', meanChart: 'The goal\'s mean', usersChart: 'Users',
};

const ZH = {
  skip: '跳到正文', settings: '设置', language: 'English', dark: '深色', light: '浅色', signOut: '退出登录', readOnly: '只读',
  live: '实时', connecting: '连接中', lost: '连接已断开',
  lostBanner: '与代理的连接已断开。下面的数据停留在 {time}（{ago}）。每秒重试一次。',
  never: '代理没有应答。每秒重试一次。',
  routes: '路由', filter: '按名称筛选', route: '路由', release: '发布', phase: '阶段', ratio: '新版本占比', errors: '错误', p50: 'p50', p90: 'p90', p95: 'p95', p99: 'p99',
  checks: '检查', noRoutes: '没有符合的路由。', oldNew: '旧 → 新', noCanary: '无新版本',
  allWell: '一切正常（路由：{n}）。', needLook: '{all} 条路由中有 {n} 条需要查看。',
  idle: '空闲', progressing: '进行中', paused: '已暂停', promoted: '已全量', rolledBack: '已回滚', aborted: '已中止',
  healthy: '正常', insufficient: '样本不足', breach: '异常', stable: '旧版本', canary: '新版本',
  sayIdle: '没有新版本：所有请求都到 {stable}。', sayProgressing: '{ratio} % 的用户使用 {release}，其余用户仍在 {stable}。',
  sayPaused: '已暂停：{ratio} % 的用户留在 {release}。', sayPromoted: '已全量：所有用户使用 {release}。',
  sayRolledBack: '已回滚：不再有用户使用 {release}。', sayAborted: '已中止：不再有用户使用 {release}。',
  since: '自 {time} 起，{ago}', bucketsLabel: '100 个桶中有 {n} 个在新版本', ofUsers: '的用户在新版本', wanted: '配置文件要求 {n} %；当前由操作员或回滚保持。',
  notStored: '此状态尚未写入存储，正在重试。',
  controls: '操作', setRatio: '设置比例', pause: '暂停', resume: '继续', promote: '全量', rollback: '回滚', abort: '中止', newRelease: '新发布', percent: '百分比',
  confirm: '确认', cancel: '取消', reason: '原因（写入审计记录）', newRatio: '比例，百分数，0 到 100', releaseName: '发布名称',
  askRatio: '把这一比例的用户送到 {release}？', askPause: '让 {release} 停在当前比例？不再前进，检查继续。', askResume: '让 {release} 继续？',
  askPromote: '让所有用户使用 {release}？', askRollback: '让所有用户回到 {stable}？从下一个请求起不再有人到达 {release}，它也不会自行重新开始。',
  askAbort: '放弃 {release}？所有用户回到 {stable}，它不会自行重新开始。', askNew: '在此路由上开始另一个发布？',
  oldAgainstNew: '新旧对比', version: '版本', requests: '请求数', errorRate: '错误率', interval: '95 % 区间', users: '用户数', mean: '均值',
  windowNote: '分析窗口内的数据；p50 和 p99 下为其 95 % 区间。', atLeast: '{low} 起', errorsChart: '错误率', latencyChart: 'p99 延迟', requestsChart: '窗口内请求数', last10: '最近 10 分钟',
  noChecks: '此路由没有检查。', checksOver: '此发布已没有用户，无可判断。决定时各检查的结论见回滚记录。', value: '当前值', limit: '上限', samples: '{n} 个样本', ofLimit: '为上限的 {n}',
  plan: '计划', events: '发生了什么', noEvents: '还没有事件。', by: '操作者 {who}', story: '经过：谁受影响，检查怎么说', back: '返回 {route}', allRoutes: '全部路由',
  explain: '某个用户得到哪个版本？', userId: '用户 ID', ask: '说明', bucket: '桶', why: '原因', rule: '规则',
  gone: '路由 {route} 不存在（或已删除）。', noEvent: '没有事件 {id}。',
  signIn: '登录', token: '令牌', name: '您的名字（写入审计记录）', tokenHint: 'admin.tokenFile 的内容；只查看可用 admin.readTokenFile 的内容。', unreachable: '代理没有应答。',
  expired: '您已退出登录，请重新登录。', action: '动作', when: '时间', from: '之前', to: '之后', check: '检查', who: '操作者',
  becamePhase: '{route}：{phase}', details: '详情', ratioAction: '比例已设置', start: '开始', step: '步骤', reconfigure: '配置', releaseAction: '发布开始',
  wantedAction: '配置变更', gateAction: '关卡', resumedAction: '已继续', gateOperator: '等待继续', gateOf: '关卡：{name}',
  stepOf: '第 {step} 步，共 {steps} 步', stepNow: '第 {step} 步', waitsFor: '等待：{what}',
  instances: '实例', instancesHave: '{all} 个实例中有 {n} 个使用 {release}。', instancesBack: '正在逐个实例撤回 {release}：{all} 个中还有 {n} 个使用它。',
  versionBefore: '之前的版本', isOut: '不接收请求',
  short_ready: '等待', short_drain: '排空', short_hook: '变更', short_health: '健康', short_stagePut: '观察', short_stageBack: '恢复',
  stage_ready: '下一个更新；等待另一个实例正常', stage_drain: '排空：不再接收新请求，进行中的请求完成', stage_hook: '更新正在运行', stage_health: '已更新，等待它正常',
  undo_ready: '下一个撤回；等待另一个实例正常', undo_drain: '撤回前排空', undo_hook: '撤回正在运行', undo_health: '已撤回，等待它正常',
  cost: '代价', costWords: '个请求的失败超出旧版本的比例，涉及约 {users} 个用户；{failed} 个用户看到过失败。',
  costFrom: '新版本：{requests} 个请求中 {errors} 个失败；旧版本：{stableRequests} 个中 {stableErrors} 个；共 {seconds} 秒。',
  worseSince: '自 {time} 起变差。', cameInAll: '共约 {users} 个用户、{requests} 个请求到达此发布。', atDecision: '决定时的新旧对比',
  otherChecks: '其他检查的结论', contributors: '计入失败最多的用户（已散列）', user: '用户', failures: '失败数', share: '占比', answers: '新版本的应答类别', custom: '服务上报',
  toExperiment: 'A/B 测试：变体、提升、分流', noExperiment: '此路由没有 A/B 测试。', testRuns: 'A/B 测试进行中。', testEnded: 'A/B 测试已结束。', winnerIs: '变体 {name} 胜出。',
  split: '用户分流', splitOk: '用户到达各变体的比例与设定一致。', splitWrong: '不要相信这些数字：用户分流不对。证据不会结束测试。',
  splitChance: '最反常时，出现这种分流的概率最多为 {chance}；警报线为 {limit}。',
  goal: '目标', goalMetric: '指标', moreIsBetter: '越多越好', lessIsBetter: '越少越好', confidence: '置信度', confidenceWords: '{n}，对所有时刻同时成立：随时可看。',
  began: '开始', endsBy: '最迟结束', variants: '变体', variant: '变体', reports: '上报数', hits: '命中数', goalMean: '均值', lift: '提升', lasting: '区间', verdict: '结论',
  v_control: '对照', v_early: '为时尚早', v_undecided: '未定', v_better: '更好', v_worse: '更差',
  liftChart: '相对对照的提升及其区间', meanChart: '目标均值', usersChart: '用户数',
};

let language = 'en';

export function useLanguage(wanted) {
  language = wanted?.startsWith('zh') ? 'zh' : 'en';
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
}

export function languageNow() {
  return language;
}

export function locale() {
  return language === 'zh' ? 'zh-CN' : 'en-GB';
}

/** The words for a key, with {names} filled in; a key without words is shown as it is. */
export function t(key, values = {}) {
  const text = (language === 'zh' ? ZH[key] : EN[key]) ?? EN[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** For the test that both languages say the same things. */
export function keys() {
  return { en: Object.keys(EN), zh: Object.keys(ZH) };
}
