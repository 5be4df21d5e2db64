type Pairs = Readonly<Record<"update" | "restatement" | "distinct", string>>;

/** Facts such as agents keep, a pair a line: an older one, ` | `, and a newer one. By these the rules were made. */
export const SEEN: Pairs = {
  // The older one is true no more.
  update: `
The API listens on port 8080. | The API now listens on port 9090.
Daily standup is at 9:30. | Daily standup is at 10:00 now.
The project lead is Alice Meyer. | The project lead is Bob Tanaka.
Backups run every night at 2 am. | Backups run every night at 4 am.
The retention period for logs is 30 days. | The retention period for logs is 90 days.
The user drinks coffee every morning. | The user no longer drinks coffee.
The team has six engineers. | The team has nine engineers.
The rate limit is 100 requests per minute. | The rate limit was raised to 500 requests per minute.
The office is at 12 Canal Street. | The office moved to 48 Harbour Road.
The user's cat is called Miso. | The user's cat is called Tofu.
The feature flag new_checkout is enabled in production. | The feature flag new_checkout is disabled in production.
The default branch is named master. | The default branch is named main.
The user prefers dark mode. | The user prefers light mode.
We use Redis for caching. | We stopped using Redis for caching.
The monthly budget for cloud is $4,000. | The monthly budget for cloud is $6,500.
The newsletter is sent weekly. | The newsletter is sent monthly.
The user's dentist appointment is on Tuesday at 3 pm. | The user's dentist appointment was moved to Thursday at 3 pm.
The frontend is written in Angular. | The frontend was rewritten in React.
Two approvals are required to merge. | One approval is required to merge.
The warehouse is in Rotterdam. | The warehouse was relocated to Antwerp.
The user takes the 8:15 train to work. | The user takes the 7:45 train to work.
The S3 bucket for assets is acme-assets-eu. | The S3 bucket for assets is acme-media-eu.
The release is planned for September. | The release is planned for November.
The model's temperature is set to 0.7. | The model's temperature is set to 0.2.
The VPN is mandatory for remote work. | The VPN is optional for remote work.
The user's daughter is 4 years old. | The user's daughter is 5 years old.
The service deploys to us-east-1. | The service deploys to eu-west-2.
The support line closes at 18:00. | The support line closes at 8 pm.
Trials last fourteen days. | Trials last 30 days.
The lint step uses ESLint. | The lint step uses Biome instead of ESLint.
I live in Lyon with my partner. | I moved to Grenoble with my partner last month.
Our deploy window is Tuesday 14:00 UTC. | Our deploy window is Thursday 14:00 UTC.
Terraform state is stored in an S3 bucket called tf-state-prod. | Terraform state is stored in Terraform Cloud now.
The minimum Python version is 3.9. | The minimum Python version is 3.11.
Nadia leads the payments squad. | Omar leads the payments squad now.
The wifi network at the cabin is called Nordlys. | The wifi network at the cabin is called Polaris.
My emergency contact is my brother Leo, 555-0134. | My emergency contact is my brother Leo, 555-0178.
The project uses the MIT license. | The project was relicensed from MIT to Apache 2.0.
The feature freeze starts on 10 October. | The feature freeze starts on 17 October.
Max file descriptors is set to 4096 on the build hosts. | Max file descriptors is set to 65536 on the build hosts.
The customer is on the Basic plan. | The customer is on the Enterprise plan.
Sam takes two sugars in his tea. | Sam takes no sugar in his tea anymore.
The team retro is every second Friday. | The team retro is every Monday.
Error budgets are reviewed monthly. | Error budgets are reviewed quarterly.
Telemetry is on by default. | Telemetry is off by default.
The app's primary colour is #3366ff. | The app's primary colour is #ff6633.
Her surname is Novak. | Her surname is Novak-Hill since the wedding.
The API key for the weather service expires in June. | The API key for the weather service expires in December.
The main contact at Acme is Julia Stern. | The main contact at Acme is Peter Lang.
I'm training for a half marathon in April. | I'm training for a full marathon in October.
The default model is gpt-4o. | The default model is claude-sonnet-4.
Docker images are published to Docker Hub. | Docker images are published to GHCR instead of Docker Hub.
The parking spot is number 42. | The parking spot is number 17.
Ben is on vacation until 5 August. | Ben is on vacation until 12 August.
The kid's school starts at 8:00. | The kid's school starts at 8:30.
We pay 79 euros a month for hosting. | We pay 129 euros a month for hosting.
Rollbacks need approval from the release manager. | Rollbacks no longer need approval from the release manager.
The integration with Jira is enabled. | The integration with Jira has been removed.
My dog weighs 12 kg. | My dog weighs 15 kg.
The shop opens at 10 on Saturdays. | The shop opens at 9 on Saturdays.
I can't eat gluten. | I can eat gluten.
The mailing list is moderated by Ruth. | The mailing list is moderated by Karim.
The internal docs are at wiki.corp.example. | The internal docs are at docs.corp.example.
Feature branches are merged with a merge commit. | Feature branches are merged by squashing.
The queue's visibility timeout is 30 seconds. | The queue's visibility timeout is 120 seconds.
The user's car is a red Golf. | The user's car is a blue Skoda.
The meetup takes place in room A12. | The meetup takes place in room C03.
Her phone is an iPhone 13. | Her phone is a Pixel 8.
The cache is warmed at startup. | The cache is not warmed at startup.
The target release is v1.8. | The target release is v2.0.
Prefer British spelling in all user-facing text. | Prefer American spelling in all user-facing text.
The team lead for infrastructure is Hanna. | The team lead for infrastructure is Viktor.
The bakery closes at 6 pm. | The bakery closes at 7 pm now.
We host the wiki on Confluence. | We host the wiki on Notion.
The SLA for critical tickets is 4 hours. | The SLA for critical tickets is 2 hours.
My locker combination starts with 14. | My locker combination starts with 27.
The price of the Pro plan is 20 dollars per seat. | The price of the Pro plan is 25 dollars per seat.
The CDN is Fastly. | The CDN is Cloudflare.
Grandma's birthday party is on 21 June. | Grandma's birthday party is on 28 June.
The user's shoe size is 42. | The user's shoe size is 43.
Webhooks are retried five times. | Webhooks are retried ten times.
The base image is debian:bookworm-slim. | The base image is alpine:3.20.
Lea is studying medicine in Graz. | Lea is studying law in Graz.
The conference will be held in Toronto. | The conference will be held in Montreal.
The token limit per request is 8k. | The token limit per request is 32k.
The user has a subscription to Spotify. | The user cancelled the subscription to Spotify.
New hires get a MacBook. | New hires get a ThinkPad.
The legacy endpoint /v1/search is still supported. | The legacy endpoint /v1/search was removed.
Our bank is Deutsche Bank. | Our bank is ING.
The maximum retention of recordings is six months. | The maximum retention of recordings is twelve months.
The server room code is kept by Otto. | The server room code is kept by Frieda.
Sync meetings are on Mondays. | Sync meetings are on Wednesdays.
The user doesn't own a car. | The user owns a car.
Code owners must review changes to infra/. | Code owners don't have to review changes to infra/ anymore.
Our main currency is the US dollar. | Our main currency is the euro.
The printer's IP address is 192.168.1.20. | The printer's IP address is 192.168.1.45.
The user's blood pressure pills are taken in the morning. | The user's blood pressure pills are taken in the evening.
The pipeline runs tests on Ubuntu 20.04. | The pipeline runs tests on Ubuntu 24.04.
The user smokes. | The user quit smoking.
Slack is the main channel for incidents. | PagerDuty replaced Slack as the main channel for incidents.
The lease ends on 31 January 2025. | The lease ends on 31 January 2027.
The database password is rotated every 90 days. | The database password is rotated every 30 days.
Holiday requests go to Martin. | Holiday requests go to Sofia.
The user is five foot nine and weighs 80 kg. | The user is five foot nine and weighs 74 kg.
The staging URL is staging.shop.example. | The staging URL is preview.shop.example.
Comments in the code are written in Polish. | Comments in the code are written in English.
The coach is called Dmitri. | The coach is called Andrea.
The feature is behind a paywall. | The feature is no longer behind a paywall.
The app targets .NET 6. | The app targets .NET 8.
Line length is limited to 80 columns. | Line length is limited to 100 columns.
Snapshots are copied to Glacier after 60 days. | Snapshots are copied to Glacier after 14 days.
My flight home is on Saturday evening at 19:20. | My flight home is on Saturday evening at 21:05.
Our style guide is the Airbnb one. | Our style guide is the Google one now.
The treasurer of the club is Walter Kunz. | The treasurer of the club is Elif Demir.
The scrum board lives in Trello. | The scrum board was moved to Linear.
The user keeps kosher. | The user doesn't keep kosher.
Minimum password length is ten characters. | Minimum password length is fourteen characters.
The metrics endpoint is protected by basic auth. | The metrics endpoint is not protected by basic auth anymore.
Releases are tagged on the develop branch. | Releases are tagged on the trunk branch.
The intern's last day is 30 August. | The intern's last day is 13 September.
The heating is set to 21 degrees at night. | The heating is set to 18 degrees at night.
Replies should be at most 200 words. | Replies should be at most 120 words.
Tickets are triaged by Wendy. | Tickets are triaged by Rashid.
The shared drive has 500 GB of storage. | The shared drive has 2 TB of storage.
The repository is public. | The repository is private.
We rent the studio for 900 euros per month. | We rent the studio for 1,050 euros per month.
The vaccine appointment is at the clinic in Mitte. | The vaccine appointment is at the clinic in Spandau.
Debug logging is turned on in the worker. | Debug logging is turned off in the worker.
The search service is written in Java. | The search service was rewritten in Go.
The user's preferred pronouns are she/her. | The user's preferred pronouns are they/them.
The domain renews in November. | The domain renews in February.
Julian is the goalkeeper of the team. | Marco is the goalkeeper of the team.
Audit logs are kept for one year. | Audit logs are kept for seven years.
The app is distributed via TestFlight. | The app is no longer distributed via TestFlight.
The alarm goes off at 6:30 on workdays. | The alarm goes off at 5:45 on workdays.
The customer's contract runs until December 2025. | The customer's contract was extended until December 2027.
Health checks run every 30 seconds. | Health checks run every 10 seconds.
The user's car insurance is with Allianz. | The user's car insurance is with HUK.
The mascot is called Pip. | The mascot is called Zorro.
Only admins may invite guests. | Guests may be invited by anyone.
The batch size is 32. | The batch size is 128.
Orders above 50 euros ship for free. | Orders above 75 euros ship for free.
The nightly job writes to the analytics bucket. | The nightly job stopped writing to the analytics bucket.
The cleaning lady comes on Thursdays. | The cleaning lady comes on Mondays.
Terraform 1.5 is pinned in the pipeline. | Terraform 1.9 is pinned in the pipeline.
The user's monthly savings goal is 300 euros. | The user's monthly savings goal is 450 euros.
Support is reachable at help@acme.io. | Support is reachable at care@acme.io.
The pool opens in May. | The pool opens in June.
The user uses a standing desk. | The user got rid of the standing desk.
The canary receives 5% of the traffic. | The canary receives 20% of the traffic.
The greenhouse is watered at 5 am. | The greenhouse is watered at 8 pm.
The quarterly review is chaired by Simone. | The quarterly review is chaired by Patrick.
Our DNS provider is Route 53. | Our DNS provider is Cloudflare.
The tutor charges 35 euros per lesson. | The tutor charges 40 euros per lesson.
The user's blood type is A positive, and the user's doctor is Dr. Weiss. | The user's doctor is Dr. Amari.
Dependabot opens pull requests every day. | Dependabot opens pull requests every week.
The demo environment is reset every Sunday. | The demo environment is reset every Wednesday.
The router's admin page is at 192.168.0.1. | The router's admin page is at 10.0.0.1.
The user rides a Yamaha. | The user rides a Honda now.
The maximum payload is 1 MB. | The maximum payload is 6 MB.
Luis coaches the under-12 team. | Luis coaches the under-14 team.
The thesis is due at the end of June. | The thesis is due at the end of August.
Crash reports go to Sentry. | Crash reports go to Bugsnag.
The garage door code is 4471. | The garage door code is 9032.
Emails are sent from noreply@shop.io. | Emails are sent from hello@shop.io.
The user is a member of the chess club. | The user is no longer a member of the chess club.
Our minimum supported browser is Safari 14. | Our minimum supported browser is Safari 16.
The feature branch naming scheme is "feat/x". | The feature branch naming scheme is "feature/x".
Paid leave is 25 days per year. | Paid leave is 28 days per year.
The user's landlord is Mr. Novotny. | The user's landlord is Mrs. Klein.
Snapshot tests are allowed. | Snapshot tests are forbidden.
The choir rehearses on Tuesday evenings. | The choir rehearses on Thursday evenings.
The embedding model has 384 dimensions. | The embedding model has 768 dimensions.
The user's tax advisor is based in Cologne. | The user's tax advisor moved to Hamburg.
The freezer is set to -18 degrees. | The freezer is set to -22 degrees.
The API gateway is Kong. | Kong was replaced by Traefik as the API gateway.
Invoices are numbered by year. | Invoices are numbered by month.
The user takes ibuprofen for migraines. | The user stopped taking ibuprofen for migraines.
The ship date is 4 November. | The ship date is 18 November.
The dashboard refreshes every 15 seconds. | The dashboard refreshes every 60 seconds.
The queue has three consumers. | The queue has eight consumers.
The user votes in Leeds. | The user votes in Bristol.
Merging to main requires a signed commit. | Merging to main doesn't require a signed commit.
The bar is open until 2 am. | The bar is open until midnight.
The stand-in for Petra is Lukas. | The stand-in for Petra is Mina.
Timestamps are stored in local time. | Timestamps are stored in UTC.
The user's salary is 58,000 euros. | The user's salary is 64,000 euros.
The scheduler is Airflow. | The scheduler is Dagster.
Flights are booked through Egencia. | Flights are booked through Navan.
The user's wifi router is a Fritzbox 7590. | The user's wifi router is a Unifi Express.
The Kafka topic orders has 12 partitions. | The Kafka topic orders has 24 partitions.
Grace is our contact at the insurance company. | Hugo is now our contact at the insurance company.
Integration tests use port 55432 for Postgres. | Integration tests use port 55433 for Postgres.
The user sleeps until 8 on weekends. | The user sleeps until 9 on weekends.
The bike is insured with Wertgarantie. | The bike is insured with Ammerländer.
Chat history is kept for 7 days. | Chat history is kept for 30 days.
The default shell is bash. | The default shell is zsh.
The bundle budget is 250 KB. | The bundle budget is 180 KB.
The client's head office is in Zurich. | The client's head office is in Geneva.
Our sprint length is two weeks. | Our sprint length is three weeks.
The user gets up at 6:45. | The user gets up at 5:30.
Static assets are served by nginx. | Static assets are served by Caddy.
The user's hourly rate is 95 dollars. | The user's hourly rate is 110 dollars.
The pension fund is managed by Nordea. | The pension fund is managed by Danske Bank.
API keys are valid for 90 days. | API keys are valid for 365 days.
The user plays in the band Blue Moon. | The user left the band Blue Moon.
Slow queries are logged above 500 ms. | Slow queries are logged above 200 ms.
The user's middle name is Ray. | The user's middle name is Jay.
Error messages are shown in French. | Error messages are shown in Dutch.
The dentist is Dr. Okafor. | The dentist is Dr. Lindqvist since January.
Two-factor login is optional for staff. | Two-factor login is mandatory for staff.
The pantry is restocked on Mondays. | The pantry is restocked on Thursdays.
The VM has 4 vCPUs. | The VM has 8 vCPUs.
The proxy forwards to localhost:3000. | The proxy forwards to localhost:4000.
The house is heated with gas. | The house is no longer heated with gas.
The user's handle on GitHub is kmills. | The user's handle on GitHub is kate-mills.
The lab is on the third floor. | The lab is on the fifth floor.
Nightly builds are published at midnight. | Nightly builds are published at 3 am.
The tenant pays 1,150 dollars rent. | The tenant pays 1,290 dollars rent.
Reviews are assigned by hand. | Reviews are assigned automatically.
The webhook secret is stored in Doppler. | The webhook secret is stored in Infisical.
The user's goal weight is 70 kg. | The user's goal weight is 72 kg.
The max batch is 500 rows. | The max batch is 1000 rows.
The wedding is on 12 July. | The wedding was postponed to 20 September.
The preview deploys are enabled. | The preview deploys are disabled.
The user believes the earth is 4.5 billion years old. | The user believes the earth is 6 billion years old.
The recipe needs 200 g of flour. | The recipe needs 250 g of flour.
Translations are done by Lokalise. | Translations are done in-house instead of by Lokalise.
The user commutes by car. | The user no longer commutes by car.
We target ES2019. | We target ES2022.`,
  // Both are true, and tell the same, or one tells more.
  restatement: `
The user likes coffee. | The user loves coffee.
Daily standup is at 9:30 am. | The daily standup starts at 9:30.
The user lives in Berlin. | The user is based in Berlin, Germany.
The team has six engineers. | There are 6 engineers on the team.
Maria is the product manager of the billing team. | Maria manages the product of the billing team.
Uploads may be up to 10 MB. | The maximum size of an upload is 10 megabytes.
The user's cat is called Miso. | The user has a cat named Miso.
The user doesn't eat meat. | The user never eats meat.
CI runs on GitHub Actions. | Continuous integration runs on GitHub Actions.
The frontend is written in React. | The frontend is built with React 18.
The office is at 12 Canal Street. | The office is located at 12 Canal Street, third floor.
The newsletter is sent weekly. | The newsletter goes out every week.
The user's birthday is 3 June 1990. | The user was born on June 3, 1990.
Never push directly to main. | Don't push to main directly.
The user has two children. | The user has two children, Ida and Max.
The support line closes at 18:00. | The support line closes at 6 pm.
The user is allergic to peanuts. | The user has a peanut allergy.
Two approvals are required to merge. | Merging requires 2 approvals.
The user wants replies in English. | Replies should be in English, the user wants.
The user takes the 8:15 train to work. | To get to work the user takes the 8:15 train.
The service deploys to us-east-1. | The service is deployed to us-east-1 and nowhere else.
The registry is at registry.acme.io. | The container registry is at registry.acme.io.
Payments are processed by Stripe. | Stripe processes the payments.
The user's manager is Ines Costa. | Ines Costa is the user's manager.
Pull requests are squashed before merging. | Pull requests are squash-merged.
Prices are shown without tax. | Prices are shown excluding tax.
The VPN is mandatory for remote work. | The VPN is required for remote work.
The warehouse is in Rotterdam. | The warehouse is in Rotterdam near the harbour.
The user has worked at Bosch since 2019. | The user works at Bosch.
The user dislikes meetings before 10 am. | The user does not like meetings before 10 am.
I live in Lyon with my partner. | My partner and I live in Lyon.
Our deploy window is Tuesday 14:00 UTC. | We deploy on Tuesdays at 2 pm UTC.
Nadia leads the payments squad. | Nadia is the lead of the payments squad.
The minimum Python version is 3.11. | Python 3.11 or newer is required.
The wifi network at the cabin is called Nordlys. | At the cabin the wifi is named "Nordlys".
The feature freeze starts on 10 October. | Feature freeze begins October 10.
Telemetry is off by default. | By default telemetry is disabled.
Error budgets are reviewed quarterly. | We review error budgets every quarter.
Ben is on vacation until 5 August. | Ben is away on vacation until August 5th.
We pay 79 euros a month for hosting. | Hosting costs us €79 per month.
The shop opens at 10 on Saturdays. | On Saturdays the shop opens at 10:00.
I can't eat gluten. | I cannot eat gluten because of coeliac disease.
The mailing list is moderated by Ruth. | Ruth moderates the mailing list.
My dog weighs 12 kg. | My dog Rufus weighs 12 kilograms.
The parking spot is number 42. | The parking spot has number 42 on level 2.
The queue's visibility timeout is 30 seconds. | Visibility timeout of the queue: 30 s.
The customer is on the Enterprise plan. | The customer has an Enterprise plan.
Rollbacks need approval from the release manager. | The release manager must approve rollbacks.
Docker images are published to GHCR. | We publish Docker images to ghcr.
The default model is claude-sonnet-4. | By default we call claude-sonnet-4.
The team retro is every second Friday. | The retro of the team takes place every second Friday at 15:00.
The internal docs are at docs.corp.example. | Internal documentation lives at docs.corp.example.
Sam takes two sugars in his tea. | Sam drinks tea with two sugars.
Her phone is an iPhone 13. | She has an iPhone 13 Mini.
The app's primary colour is #3366ff. | The primary color of the app is #3366FF.
Feature branches are squash merged. | We squash merge all feature branches.
The kid's school starts at 8:30. | School starts at half past eight, 8:30, for the kid.
The meetup takes place in room C03. | The meetup is held in room C03.
The main contact at Acme is Julia Stern. | Julia Stern is our main contact at Acme.
The user's car is a red Golf. | The user drives a red VW Golf.
The project uses the MIT license. | The project is licensed under MIT.
I'm training for a half marathon in April. | In April I want to run a half marathon, for which I train.
No deploys on Fridays. | We never deploy on Fridays.
The API key for the weather service expires in June. | The weather service API key is valid until June.
Max file descriptors is set to 4096 on the build hosts. | On build hosts the maximum of file descriptors is 4096.
Terraform state is stored in Terraform Cloud. | Terraform Cloud holds the state of Terraform.
Logs are kept for two weeks. | Logs are kept for 14 days.
The disk has 2 TB. | The disk has 2048 GB.
Tests must not touch the network. | Tests may not access the network.
The user works remotely from Porto. | The user lives in Porto and works remotely.
Prefer British spelling in all user-facing text. | User-facing text should use British spelling.
The team lead for infrastructure is Hanna. | Hanna is team lead for infrastructure.
The bakery closes at 6 pm. | At 18:00 the bakery closes.
We host the wiki on Notion. | Our wiki is hosted on Notion.
The SLA for critical tickets is 2 hours. | Critical tickets have an SLA of 120 minutes.
The price of the Pro plan is 25 dollars per seat. | The Pro plan costs $25 per seat.
The CDN is Cloudflare. | Cloudflare is the CDN.
Grandma's birthday party is on 28 June. | On June 28 there is grandma's birthday party.
The user's shoe size is 42. | The user wears shoes in size 42.
Webhooks are retried five times. | Webhooks get retried up to 5 times.
The conference will be held in Toronto. | The conference takes place in Toronto, Canada.
The token limit per request is 8k. | The limit per request is 8,000 tokens.
New hires get a MacBook. | Every new hire gets a MacBook Pro.
The legacy endpoint /v1/search was removed. | The endpoint /v1/search, which was legacy, is removed.
The maximum retention of recordings is six months. | Recordings are kept for at most 6 months.
Sync meetings are on Mondays. | The sync meeting is every Monday.
The user owns no car. | The user doesn't own a car.
The printer's IP address is 192.168.1.20. | The printer has the IP 192.168.1.20.
The pipeline runs tests on Ubuntu 24.04. | Tests run on Ubuntu 24.04 in the pipeline.
The user quit smoking. | The user stopped smoking in 2020.
PagerDuty is the main channel for incidents. | For incidents the main channel is PagerDuty.
The lease ends on 31 January 2027. | The lease runs until January 31, 2027.
The database password is rotated every 30 days. | Every 30 days the password of the database gets rotated.
Holiday requests go to Sofia. | Send holiday requests to Sofia.
The user weighs 80 kg. | The user's weight is 80 kilograms.
The staging URL is preview.shop.example. | Staging is at https://preview.shop.example.
Comments in the code are written in English. | Code comments must be in English.
The feature is no longer behind a paywall. | The feature isn't behind a paywall anymore.
Line length is limited to 100 columns. | Lines may have up to 100 columns.
The user takes vitamin D in the morning. | Every morning the user takes vitamin D.
The meeting was moved from Tuesday to Thursday. | The meeting has been moved to Thursday from Tuesday.
We switched from Jenkins to GitHub Actions in 2022. | In 2022 we moved from Jenkins to GitHub Actions.
The gym is open 24/7. | The gym is open around the clock, 24/7.
API responses are cached for 5 minutes. | The cache of API responses lives for 300 seconds.
Ana is Tom's sister. | Tom's sister is Ana.
The backup is encrypted with AES-256. | Backups are AES-256 encrypted.
Large files belong in Git LFS. | Put large files into Git LFS.
The customer pays in Swiss francs. | Payment by the customer is in Swiss francs.
The office has 35 desks. | There are thirty-five desks in the office.
Dark mode is the default. | The default is dark mode.
Snapshots are copied to Glacier after 60 days. | After 60 days the snapshots get copied to Glacier.
My flight home is on Saturday evening at 19:20. | I fly home Saturday at 7:20 pm.
Our style guide is the Google one. | We follow the Google style guide.
The treasurer of the club is Elif Demir. | Elif Demir is treasurer of the club.
The scrum board lives in Linear. | Linear hosts the scrum board.
Minimum password length is fourteen characters. | Passwords need at least 14 characters.
The metrics endpoint is protected by basic auth. | Basic auth protects the metrics endpoint.
The intern's last day is 13 September. | September 13 is the last day of the intern.
The heating is set to 18 degrees at night. | At night the heating is at 18 degrees.
Replies should be at most 120 words. | Keep replies under 120 words.
Tickets are triaged by Rashid. | Rashid triages the tickets.
The shared drive has 2 TB of storage. | The shared drive offers 2 terabytes of storage.
The repository is private. | It is a private repository.
We rent the studio for 1,050 euros per month. | The studio costs us 1050 euros a month.
Debug logging is turned off in the worker. | In the worker debug logging is off.
The search service is written in Go. | The search service is a Go program.
Julian is the goalkeeper of the team. | The team's goalkeeper is Julian.
Audit logs are kept for one year. | Audit logs are retained 12 months.
The alarm goes off at 5:45 on workdays. | On workdays the alarm goes off at 5:45 am.
Health checks run every 10 seconds. | A health check runs every 10 s.
The user's car insurance is with HUK. | The user has a car insurance with HUK.
The mascot is called Pip. | The mascot's name is Pip.
The batch size is 128. | We use a batch size of 128.
Orders above 50 euros ship for free. | Shipping is free for orders above €50.
The cleaning lady comes on Thursdays. | Every Thursday the cleaning lady comes.
The user's monthly savings goal is 300 euros. | The user wants to save 300 euros each month.
Support is reachable at help@acme.io. | You can reach support at help@acme.io.
The pool opens in May. | The pool opens in mid May.
The canary receives 5% of the traffic. | 5 percent of the traffic goes to the canary.
The user can't work on Fridays. | The user is unable to work on Fridays.
Don't log personal data. | Personal data must never be logged.
The user has two sisters, Mara and Lio. | Mara and Lio are the user's two sisters.
The report is due at noon. | The report is due at 12:00.
The table has 3.5 million rows. | The table has about 3,500,000 rows.
Anna moved from Kiel to Bonn. | Anna lives in Bonn; she moved there from Kiel.
The flag is off by default. | The flag is disabled by default.
The process needs 1.5 GB of memory. | The process needs 1536 MB of memory.
The webinar is on 2025-03-14. | The webinar is on March 14, 2025.
The user eats only plants. | The user eats nothing but plants.
Version 3 is the current version. | The current version is 3.0.
The greenhouse is watered at 8 pm. | Watering of the greenhouse happens at 20:00.
The quarterly review is chaired by Simone. | Simone chairs the quarterly review.
Our DNS provider is Cloudflare. | We use Cloudflare as DNS provider.
The tutor charges 40 euros per lesson. | A lesson with the tutor costs €40.
Dependabot opens pull requests every week. | Pull requests are opened by Dependabot weekly.
The demo environment is reset every Sunday. | On Sundays the demo environment is reset.
The user rides a Honda. | The user has a Honda motorbike and rides it.
The maximum payload is 6 MB. | Payloads may have 6 megabytes at most.
The thesis is due at the end of August. | The deadline of the thesis is the end of August.
Crash reports go to Sentry. | Sentry receives the crash reports.
The garage door code is 4471. | The code of the garage door is 4471.
Our minimum supported browser is Safari 16. | We support Safari from version 16 on.
Paid leave is 28 days per year. | Employees get 28 days of paid leave a year.
Snapshot tests are forbidden. | Snapshot tests are not allowed.
The choir rehearses on Thursday evenings. | Choir rehearsal is on Thursdays in the evening.
The embedding model has 768 dimensions. | Embeddings have 768 dimensions.
The freezer is set to -18 degrees. | The freezer's temperature is -18 °C.
Timestamps are stored in UTC. | We store timestamps in UTC.
The dashboard refreshes every 60 seconds. | The dashboard refreshes once a minute.
The queue has eight consumers. | There are 8 consumers on the queue.
The bar is open until midnight. | The bar closes at midnight.
Merging to main requires a signed commit. | Commits must be signed to be merged to main.
The user's salary is 64,000 euros. | The user earns €64k.
The scheduler is Dagster. | Dagster is used as the scheduler.
Flights are booked through Navan. | Book flights through Navan.
The ship date is 18 November. | It ships on November 18.
The user has never been to Asia. | The user has not been to Asia.
The user lives alone. | The user lives on their own, alone.
The conference room holds 12 people. | The conference room has space for twelve.
Deploys need a green build. | No deploy without a green build.
The user was promoted to team lead in 2023. | In 2023 the user became team lead.
The index is rebuilt nightly. | Every night the index is rebuilt.
The old dashboard was removed in May. | The old dashboard is gone since May.
All prices include 19% VAT. | Prices are shown with 19 percent VAT included.
The user's best friend is Samir. | Samir is the best friend of the user.
The user takes the stairs instead of the elevator. | Instead of the elevator the user takes the stairs.
Requests need a trace id. | Every request must carry a trace id.
The service has two replicas in each region. | Each region has 2 replicas of the service.
The user reads mail at 9 and at 16. | At 9:00 and 16:00 the user reads mail.
The train from Bern to Basel takes 55 minutes. | It takes 55 minutes by train from Bern to Basel.
The Kafka topic orders has 24 partitions. | There are 24 partitions in the orders topic of Kafka.
Hugo is our contact at the insurance company. | Our contact at the insurance company is Hugo.
Integration tests use port 55432 for Postgres. | Postgres runs on port 55432 in integration tests.
The user sleeps until 9 on weekends. | On weekends the user sleeps until 9 am.
Chat history is kept for 7 days. | Chat history is kept for one week.
The default shell is zsh. | Zsh is the default shell.
The bundle budget is 180 KB. | Bundles must stay below 180 kilobytes.
The client's head office is in Zurich. | The head office of the client is in Zurich, Switzerland.
Our sprint length is two weeks. | Our sprints last 14 days.
The user gets up at 5:30. | The user gets up at 5:30 in the morning.
Static assets are served by nginx. | nginx serves the static assets.
The user's hourly rate is 95 dollars. | The user charges $95 per hour.
API keys are valid for 90 days. | API keys expire after 90 days.
The user left the band Blue Moon. | The user is no longer in the band Blue Moon.
Slow queries are logged above 500 ms. | Queries slower than 500 ms are logged.
Error messages are shown in French. | Error messages appear in French.
Two-factor login is mandatory for staff. | Staff must use two-factor login.
The pantry is restocked on Mondays. | Every Monday the pantry is restocked.
The VM has 8 vCPUs. | It is a VM with 8 vCPUs.
The proxy forwards to localhost:3000. | Requests are forwarded by the proxy to localhost:3000.
The user's handle on GitHub is kmills. | On GitHub the user is kmills.
The lab is on the third floor. | The lab is located on the 3rd floor.
Nightly builds are published at 3 am. | At 3:00 am nightly builds are published.
The tenant pays 1,150 dollars rent. | The tenant's rent is $1150.
The webhook secret is stored in Doppler. | Doppler stores the webhook secret.
The max batch is 500 rows. | A batch has 500 rows at most.
The wedding is on 12 July. | The wedding takes place on July 12th.
The preview deploys are disabled. | Preview deploys are not enabled.
The recipe needs 250 g of flour. | The recipe needs 0.25 kg of flour.
The user no longer commutes by car. | The user doesn't commute by car anymore.
We target ES2022. | Our build target is ES2022.
No meetings on Fridays. | Fridays are free of meetings, no meetings then.
The user can swim. | The user is able to swim.
The file has 1,000 lines. | The file is 1000 lines long.
The user married Alex in 2018. | The user and Alex married in 2018.
Never use force push. | Force push must never be used.
Rust is the user's favourite language. | The user's favourite language is Rust.
The trip takes three hours. | The trip takes 180 minutes.
The password manager in use is Bitwarden. | We use Bitwarden as the password manager.
The user trusts the team and delegates often. | The user often delegates and trusts the team.`,
  // Both are true, of something else.
  distinct: `
The staging server listens on port 8080. | The production server listens on port 9090.
Daily standup is at 9:30. | The weekly retrospective is on Friday at 15:00.
Alice works at Siemens. | Bob works at Bosch.
The user's sister lives in Berlin. | The user's brother lives in Munich.
The frontend requires Node 20. | The backend requires Python 3.12.
The user's birthday is on 3 June. | The user's wedding anniversary is on 9 August.
The default branch is named main. | The release branch is named stable.
The user prefers tabs in Go code. | The user prefers two spaces in YAML files.
The user has a dentist appointment on Tuesday. | The user has a haircut appointment on Thursday.
The user speaks French. | The user speaks Dutch.
Maria is the product manager of the billing team. | Tom is the product manager of the search team.
Images are stored in S3. | Videos are stored in Cloudflare R2.
The user is allergic to peanuts. | The user is allergic to cats.
The first release is planned for September. | The second release is planned for November.
The lint step uses Biome. | The test step uses Vitest.
The user's email is tom@example.org. | The user's work email is tom@acme.io.
The billing service is owned by Maria. | The search service is owned by Jonas.
The user visited Lisbon in May. | The user visited Prague in June.
The user likes Italian food. | The user likes Thai food.
The free plan allows 3 projects. | The team plan allows 50 projects.
The user's laptop runs Linux. | The user's phone runs Android.
The user is reading Dune. | The user is watching Severance.
The Oslo office opens at 8. | The Bergen office opens at 9.
The user has a meeting with Anna on Monday. | The user has a meeting with Paul on Wednesday.
Passwords must have 12 characters. | Usernames must have at least 3 characters.
Version 2.4 fixed the login bug. | Version 2.5 fixed the upload bug.
The cache TTL is 300 seconds. | The cache holds 10000 entries.
Orders are shipped from Rotterdam. | Returns are shipped to Antwerp.
Errors are reported to Sentry. | Metrics are reported to Grafana.
The user's first flight leaves at 7:10. | The user's return flight leaves at 19:30.
I live in Lyon with my partner. | I work in Geneva with my brother.
Our deploy window is Tuesday 14:00 UTC. | Our maintenance window is Sunday 03:00 UTC.
Nadia leads the payments squad. | Omar leads the identity squad.
The minimum Python version is 3.11. | The minimum Node version is 20.
The wifi network at the cabin is called Nordlys. | The wifi network at the office is called Guest-5G.
The feature freeze starts on 10 October. | The beta starts on 17 October.
Telemetry is on by default in the CLI. | Telemetry is off by default in the SDK.
Error budgets are reviewed monthly. | Access rights are reviewed quarterly.
Ben is on vacation until 5 August. | Lena is on vacation until 12 August.
We pay 79 euros a month for hosting. | We pay 20 euros a month for email.
The shop opens at 10 on Saturdays. | The shop opens at 8 on weekdays.
I can't eat gluten. | I can't eat shellfish.
The mailing list is moderated by Ruth. | The forum is moderated by Karim.
My dog weighs 12 kg. | My cat weighs 4 kg.
The parking spot is number 42. | The locker is number 17.
The queue's visibility timeout is 30 seconds. | The queue's retention is 4 days.
The customer is on the Enterprise plan. | The customer is in the EU region.
Rollbacks need approval from the release manager. | Migrations need approval from the database team.
Docker images are published to GHCR. | Helm charts are published to ChartMuseum.
The default model is claude-sonnet-4. | The fallback model is gpt-4o-mini.
The team retro is every second Friday. | The team lunch is every Wednesday.
The internal docs are at docs.corp.example. | The public docs are at docs.example.com.
Sam takes two sugars in his tea. | Sam takes the bus at 7:40.
Her phone is an iPhone 13. | Her tablet is a Galaxy Tab 9.
The app's primary colour is #3366ff. | The app's accent colour is #ff6633.
The meetup takes place in room C03. | The workshop takes place in room A12.
The main contact at Acme is Julia Stern. | The main contact at Globex is Peter Lang.
The user's car is a red Golf. | The user's bike is a blue Trek.
The kid's school starts at 8:30. | The kid's piano lesson starts at 16:00.
I'm training for a half marathon in April. | I'm planning a trip to Japan in October.
The user booked a hotel in Rome for May. | The user booked a hotel in Paris for July.
The user met Clara at PyCon 2022. | The user met David at FOSDEM 2023.
Service A calls service B with a timeout of 2 seconds. | Service B calls service C with a timeout of 5 seconds.
The dev database has 5 GB. | The prod database has 500 GB.
Invoice 1042 was paid on 3 May. | Invoice 1043 was paid on 9 May.
Ticket ABC-12 is assigned to Mia. | Ticket ABC-13 is assigned to Noah.
The user's mother lives in Turin. | The user's aunt lives in Naples.
Step 1 takes 10 minutes. | Step 2 takes 25 minutes.
The iOS build is signed by Fastlane. | The Android build is signed by Gradle.
The login page must load in 2 seconds. | The search page must load in 1 second.
Prefer British spelling in all user-facing text. | Prefer short sentences in all user-facing text.
The team lead for infrastructure is Hanna. | The team lead for data is Viktor.
The bakery closes at 6 pm. | The pharmacy closes at 8 pm.
We host the wiki on Notion. | We host the blog on Ghost.
The SLA for critical tickets is 2 hours. | The SLA for minor tickets is 3 days.
The price of the Pro plan is 25 dollars per seat. | The price of the Team plan is 40 dollars per seat.
Grandma's birthday party is on 28 June. | Grandpa's birthday party is on 2 July.
The user's shoe size is 42. | The user's ring size is 56.
Webhooks are retried five times. | Emails are retried three times.
The base image is alpine:3.20. | The builder image is golang:1.22.
Lea is studying law in Graz. | Max is studying law in Linz.
The token limit per request is 8k. | The token limit per day is 2M.
New hires get a MacBook. | Contractors get a ThinkPad.
The legacy endpoint /v1/search was removed. | The legacy endpoint /v1/export was removed.
The maximum retention of recordings is six months. | The maximum length of recordings is two hours.
The server room code is kept by Otto. | The server room keys are kept by Frieda.
Sync meetings are on Mondays. | Planning meetings are on Wednesdays.
The printer's IP address is 192.168.1.20. | The scanner's IP address is 192.168.1.45.
The user's blood pressure pills are taken in the morning. | The user's iron pills are taken in the evening.
The user's father was born in 1951. | The user's mother was born in 1954.
The lease of the flat ends on 31 January 2027. | The lease of the car ends on 15 March 2026.
The database password is rotated every 90 days. | The signing key is rotated every 365 days.
Holiday requests go to Sofia. | Expense claims go to Martin.
The staging URL is preview.shop.example. | The production URL is shop.example.
Comments in the code are written in English. | Release notes are written in German.
The user ran 10 km on Monday. | The user ran 12 km on Thursday.
The user bought shoes for 80 euros. | The user bought a jacket for 120 euros.
The user watched Dune on Friday. | The user watched Alien on Sunday.
Line length is limited to 100 columns. | Commit subjects are limited to 72 characters.
The morning shift starts at 6. | The night shift starts at 22.
The user has an appointment with the bank on 4 May. | The user has an appointment with the vet on 11 May.
Build 812 failed with exit code 1. | Build 815 failed with exit code 137.
Customer 4411 is on the Basic plan. | Customer 4412 is on the Enterprise plan.
The small room seats 6 people. | The large room seats 20 people.
Python code is formatted with Black. | TypeScript code is formatted with Prettier.
The user flew to Rome with Lufthansa. | The user flew to Madrid with Iberia.
The left sensor reports 20 degrees. | The right sensor reports 24 degrees.
The user's daughter plays the piano. | The user's daughter plays tennis.
Chapter 3 is about indexing. | Chapter 4 is about caching.
The user doesn't drive at night. | The user drives to work.
Snapshots are copied to Glacier after 60 days. | Snapshots are deleted after 400 days.
My flight home is on Saturday evening at 19:20. | My train to the airport is on Saturday at 16:00.
The treasurer of the club is Elif Demir. | The president of the club is Walter Kunz.
The scrum board lives in Linear. | The bug tracker lives in GitHub.
Minimum password length is fourteen characters. | Maximum password length is 128 characters.
The metrics endpoint is protected by basic auth. | The admin endpoint is protected by OAuth.
The intern's last day is 13 September. | The intern's first day is 1 June.
The heating is set to 18 degrees at night. | The heating is set to 21 degrees during the day.
Replies should be at most 120 words. | Summaries should be at most 40 words.
Tickets are triaged by Rashid. | Incidents are handled by Wendy.
The shared drive has 2 TB of storage. | The mailbox has 50 GB of storage.
We rent the studio for 1,050 euros per month. | We rent the garage for 90 euros per month.
Debug logging is turned on in the worker. | Debug logging is turned off in the gateway.
The search service is written in Go. | The billing service is written in Kotlin.
Julian is the goalkeeper of the team. | Marco is the captain of the team.
Audit logs are kept for seven years. | Access logs are kept for 30 days.
The alarm goes off at 5:45 on workdays. | The alarm goes off at 8:30 on weekends.
Health checks run every 10 seconds. | Backups run every 12 hours.
The user's car insurance is with HUK. | The user's health insurance is with TK.
The batch size is 128. | The learning rate is 0.001.
Orders above 50 euros ship for free. | Orders above 500 euros need an approval.
The cleaning lady comes on Thursdays. | The gardener comes on Mondays.
The pool opens in May. | The ice rink opens in November.
The canary receives 5% of the traffic. | The mirror receives 100% of the traffic.
The user paid 40 euros for the dinner on Friday. | The user paid 25 euros for the lunch on Sunday.
The user called the plumber on Monday. | The user called the electrician on Tuesday.
Parameter alpha is 0.5. | Parameter beta is 0.9.
The north gate closes at 20:00. | The south gate closes at 22:00.
Mara is 12 years old. | Lio is 9 years old.
The English docs are maintained by Nina. | The French docs are maintained by Luc.
The user has a brother in Oslo. | The user has a sister in Bergen.
Node A has 64 GB of RAM. | Node B has 128 GB of RAM.
The red team meets in room 4. | The blue team meets in room 7.
Q1 revenue was 1.2 million. | Q2 revenue was 1.5 million.
The user wants to visit Iceland in July. | The user wants to visit Portugal in October.
In Go we use table-driven tests. | In Rust we use property tests.
The user's passport expires in 2029. | The user's driving licence expires in 2033.
POST requests time out after 30 seconds. | GET requests time out after 5 seconds.
The old API returns XML. | The new API returns JSON.
The user can play the violin. | The user can't play chess.
The greenhouse is watered at 8 pm. | The lawn is watered at 6 am.
The quarterly review is chaired by Simone. | The weekly review is chaired by Patrick.
The tutor charges 40 euros per lesson. | The gym charges 30 euros per month.
The demo environment is reset every Sunday. | The test environment is reset every night.
The maximum payload is 6 MB. | The maximum header size is 16 KB.
The thesis is due at the end of August. | The first chapter is due at the end of May.
Crash reports go to Sentry. | Support mails go to Zendesk.
The garage door code is 4471. | The front door code is 9032.
Emails are sent from hello@shop.io. | Invoices are sent from billing@shop.io.
The user is a member of the chess club. | The user is a member of the alpine club.
Paid leave is 28 days per year. | Sick leave is 10 days per year.
The choir rehearses on Thursday evenings. | The orchestra rehearses on Tuesday evenings.
The embedding model has 768 dimensions. | The reranker has 12 layers.
The freezer is set to -18 degrees. | The fridge is set to 5 degrees.
The dashboard refreshes every 60 seconds. | The status page refreshes every 5 minutes.
The queue has eight consumers. | The topic has three partitions.
The bar is open until 2 am. | The kitchen is open until 10 pm.
The stand-in for Petra is Lukas. | The stand-in for Amir is Mina.
The user's salary is 64,000 euros. | The user's rent is 1,400 euros.
The scheduler is Dagster. | The warehouse is Snowflake.
Flights are booked through Navan. | Hotels are booked through Booking.com.
The user ordered a lamp on 3 May. | The user ordered a desk on 10 May.
The user's grandmother is 91. | The user's grandfather is 94.
Luis coaches the under-12 team. | Marta coaches the under-14 team.
The user lost 20 euros at poker on Friday. | The user won 50 euros at poker on Saturday.
Chrome 120 fixed the scrolling bug. | Chrome 121 fixed the printing bug.
The Berlin team starts at 9. | The Lisbon team starts at 10.
Alpha is written in Rust. | Beta is written in Zig.
The summer menu starts on 1 June. | The winter menu starts on 1 November.
The user's left eye has -2.5 dioptres. | The user's right eye has -3.0 dioptres.
Retry after 2 seconds on error 429. | Retry after 30 seconds on error 503.
The user donated blood in January. | The user donated clothes in March.
The web build takes 3 minutes. | The Android build takes 11 minutes.
The user has a savings account at ING. | The user has a checking account at N26.
The keynote is on Monday at 9:00. | The closing session is on Wednesday at 17:00.
Route A is 12 km long. | Route B is 18 km long.
The user answered 14 of 20 questions in the first test. | The user answered 17 of 20 questions in the second test.
Support hours are 9 to 17 on weekdays. | Support hours are 10 to 14 on Saturdays.
The parent company is based in Osaka. | The subsidiary is based in Leeds.
The user never drinks wine. | The user drinks water with lemon.
The Kafka topic orders has 24 partitions. | The Kafka topic refunds has 6 partitions.
Hugo is our contact at the insurance company. | Grace is our contact at the bank.
Integration tests use port 55432 for Postgres. | Integration tests use port 56379 for Redis.
The bike is insured with Wertgarantie. | The boat is insured with Pantaenius.
Chat history is kept for 7 days. | Voice recordings are kept for 48 hours.
The default shell is zsh. | The default editor is nano.
The bundle budget is 180 KB. | The image budget is 90 KB.
The client's head office is in Zurich. | The client's warehouse is in Basel.
The user gets up at 5:30. | The user goes to bed at 22:00.
Static assets are served by nginx. | Dynamic pages are served by Puma.
The pension fund is managed by Nordea. | The index fund is managed by Vanguard.
API keys are valid for 90 days. | Session tokens are valid for 15 minutes.
Slow queries are logged above 500 ms. | Slow requests are logged above 2 seconds.
The user's middle name is Ray. | The user's nickname is Bunny.
Error messages are shown in French. | Tooltips are shown in English.
Two-factor login is mandatory for admins. | Two-factor login is optional for guests.
The VM has 8 vCPUs. | The VM has 32 GB of memory.
The lab is on the third floor. | The library is on the first floor.
Nightly builds are published at 3 am. | Weekly builds are published on Sunday at noon.
The tenant pays 1,150 dollars rent. | The tenant pays 80 dollars for parking.
The webhook secret is stored in Doppler. | The deploy key is stored in Vault.
The max batch is 500 rows. | The max row size is 64 KB.
The wedding is on 12 July. | The honeymoon starts on 15 July.
The user ran a marathon in Berlin in 2022. | The user ran a marathon in Tokyo in 2023.
The recipe needs 200 g of flour. | The recipe needs 3 eggs.
The user takes 5 mg of ramipril. | The user takes 20 mg of atorvastatin.
The user follows Serena Williams. | The user follows Roger Federer.
The first alarm is at 6:00. | The second alarm is at 6:15.
The adult ticket costs 18 euros. | The child ticket costs 9 euros.
PR 204 was merged on Monday. | PR 207 was merged on Wednesday.
The user owes Pat 20 dollars. | The user owes Sam 45 dollars.
Line 12 of the config sets the host. | Line 30 of the config sets the port.
The upstairs thermostat is set to 19. | The downstairs thermostat is set to 21.
The user's niece is called Iris. | The user's nephew is called Theo.
The Monday class is taught by Ben. | The Wednesday class is taught by Chloe.
The user read 12 books in 2021. | The user read 30 books in 2022.
English is taught in room 5. | Maths is taught in room 8.
The user planted tomatoes in April. | The user planted garlic in October.
Debian 12 ships Python 3.11. | Ubuntu 24.04 ships Python 3.12.
The user doesn't eat pork. | The user eats fish.`,
};

/** These were kept aside while the rules were made. */
export const UNSEEN: Pairs = {
  // The older one is true no more.
  update: `
The user lives in Berlin. | The user moved to Munich.
The production database is Postgres 13. | The production database was upgraded to Postgres 16.
The user's favourite editor is Vim. | The user's favourite editor is Emacs.
The user works at Siemens. | The user works at Bosch now.
Deployments go out on Fridays. | Deployments go out on Tuesdays.
The staging environment is hosted on Heroku. | The staging environment is hosted on Fly.io.
The user is vegetarian. | The user is not vegetarian anymore.
Maria's phone number is +49 30 1234567. | Maria's phone number is +49 30 7654321.
The mobile app supports Android 8 and later. | The mobile app supports Android 10 and later.
CI runs on Jenkins. | CI runs on GitHub Actions.
The user's flight to Lisbon leaves on May 3. | The user's flight to Lisbon leaves on May 5.
The invoice is due on 15 March. | The invoice is due on 1 April.
The session timeout is 15 minutes. | The session timeout is one hour.
The on-call engineer this week is Priya. | The on-call engineer this week is Jonas.
The user is learning Spanish. | The user gave up learning Spanish.
The library requires Node 16. | The library requires Node 20.
Uploads may be up to 10 MB. | Uploads may be up to 25 MB.
The user's manager is Tom Price. | The user's manager is Ines Costa since the reorganisation.
The user eats meat. | The user doesn't eat meat.
The log level in production is "info". | The log level in production is "warn".
The company has offices in Oslo and Bergen. | The company closed its office in Bergen.
The user's gym membership is active. | The user's gym membership was cancelled.
Payments are processed by Adyen. | Payments are processed by Stripe.
The user wants replies in English. | The user wants replies in German.
The cluster has 12 nodes. | The cluster was scaled down to 8 nodes.
The registry is at registry.acme.io. | The registry is at hub.acme.dev.
The user uses npm as package manager. | The user switched from npm to pnpm as package manager.
The cron job is owned by the data team. | The cron job is owned by the platform team.
The user owns a Tesla Model 3. | The user sold the Tesla Model 3.
The user is single. | The user is married.
The on-site interview is on 9 April. | The on-site interview is on 16 April.
Our code coverage threshold is 80%. | Our code coverage threshold is 85%.
The user's bank is Sparkasse. | The user's bank is DKB.
The catering is done by Bella Cucina. | The catering is done by Green Fork.
Session cookies expire after 30 minutes. | Session cookies expire after 2 hours.
The user walks the dog at 7 pm. | The user walks the dog at 9 pm.
The PDF export is limited to 50 pages. | The PDF export is limited to 200 pages.
The venue for the offsite is Split. | The venue for the offsite is Ljubljana.
Renovate runs every Monday. | Renovate runs every Saturday.
The user's student number is 3344512. | The user's student number is 3344981.
The chief of staff is Rosa Lind. | The chief of staff is Theo Banks.
The ETL job reads from the replica. | The ETL job no longer reads from the replica.
The sandbox account is active. | The sandbox account is suspended.
Meals are reimbursed up to 30 euros. | Meals are reimbursed up to 45 euros.
The lawn is mowed every week. | The lawn is mowed every month.
The image registry was Harbor. | The image registry is Quay now.
Public holidays follow the calendar of Bavaria. | Public holidays follow the calendar of Hesse.
The internal CA expires in 2026. | The internal CA expires in 2031.
The user's son goes to Lincoln Elementary. | The user's son goes to Roosevelt Middle School.
The cooldown between alerts is ten minutes. | The cooldown between alerts is thirty minutes.
Refunds are handled by Beatriz. | Refunds are handled by Yusuf.
The default page size is 20. | The default page size is 50.
The user takes the bus to work. | The user stopped taking the bus to work.
The printer is out of warranty since 2021; it is on floor 2. | The printer is on floor 5.
The mobile client talks to /v2/sync. | The mobile client talks to /v3/sync.
The user is on a keto diet. | The user is not on a keto diet anymore.
The beta group has 40 testers. | The beta group has 65 testers.
Our CRM is HubSpot. | We switched our CRM from HubSpot to Attio.
The choir's conductor is Lena Brandt. | The choir's conductor is Paul Imhof.
Daylight sensors report every five minutes. | Daylight sensors report every ten minutes.
Comments are moderated manually. | Comments are moderated automatically.
The spare key is at Jana's place. | The spare key is at Robert's place.
The user's laptop has 16 GB of RAM. | The user's laptop has 32 GB of RAM.
The train to Graz leaves from platform 7. | The train to Graz leaves from platform 12.
The license costs 49 dollars a year. | The license costs 59 dollars a year.
The main theme of the site is dark. | The main theme of the site is light.
The lead time for orders is 5 days. | The lead time for orders is 9 days.
Database migrations run with Flyway. | Database migrations run with Liquibase.
The user's shift ends at 16:00. | The user's shift ends at 18:00.
The speaker at the kickoff is Dr. Hale. | The speaker at the kickoff is Dr. Mori.`,
  // Both are true, and tell the same, or one tells more.
  restatement: `
The API listens on port 8080. | Port 8080 is the one the API listens on.
The production database is PostgreSQL. | Postgres is the production database.
Backups run every night at 2 am. | Every night at 02:00 the backups run.
The retention period for logs is 30 days. | Logs are retained for 30 days.
Deployments go out on Fridays. | We deploy on Fridays.
The user works at Siemens. | The user works as an engineer at Siemens.
The session timeout is 60 minutes. | The session timeout is one hour.
The rate limit is 100 requests per minute. | Requests are limited to 100 per minute.
The invoice is due on 15 March. | The invoice is due on March 15th.
The user prefers dark mode. | The user prefers a dark theme.
The library requires Node 20. | Node.js 20 is required by the library.
Kubernetes runs the production workloads. | Production workloads run on k8s.
The feature flag new_checkout is enabled in production. | In production the new_checkout feature flag is turned on.
The monthly budget for cloud is $4,000. | The cloud budget is 4000 dollars per month.
Secrets are kept in Vault. | Secrets are stored in HashiCorp Vault.
Redis is used for caching. | We use Redis for caching.
The cron job cleans up temp files every hour. | Every hour a cron job cleans up temporary files.
The log level in production is "info". | In production the log level is info.
The release is planned for September. | The release is planned for 12 September.
The user studied physics in Vienna. | The user studied physics at the University of Vienna.
The test suite takes about 90 seconds. | The test suite takes about 1.5 minutes.
The user enjoys hiking in the Alps. | The user likes to hike in the Alps.
The model's temperature is set to 0.2. | The temperature of the model is 0.2.
The cluster has 12 nodes. | The cluster consists of twelve nodes.
The docs are in the docs folder. | The documentation is in the docs folder.
The user's dentist appointment is on Tuesday at 3 pm. | The user has a dentist appointment on Tuesday at 15:00.
The user speaks French and Dutch. | The user speaks Dutch and French.
The build fails when the cache is empty. | If the cache is empty, the build fails.
The staging environment is hosted on Fly.io. | Fly.io hosts the staging environment.
The company was founded in 2012 by two brothers. | Two brothers founded the company in 2012.
The on-site interview is on 16 April. | On April 16 there is an on-site interview.
Our code coverage threshold is 85%. | We require 85 percent code coverage.
The user's bank is DKB. | The user banks with DKB.
The catering is done by Green Fork. | Green Fork does the catering.
Session cookies expire after 2 hours. | Session cookies expire after 120 minutes.
The user walks the dog at 7 pm. | At 19:00 the user walks the dog.
The PDF export is limited to 200 pages. | PDF exports may have 200 pages at most.
Renovate runs every Monday. | Every Monday Renovate runs.
The user's student number is 3344512. | The student number of the user is 3344512.
The chief of staff is Rosa Lind. | Rosa Lind is chief of staff.
The sandbox account is suspended. | The sandbox account is not active.
Meals are reimbursed up to 45 euros. | Up to €45 are reimbursed for meals.
The lawn is mowed every week. | The lawn is mowed weekly.
The internal CA expires in 2031. | The internal CA is valid until 2031.
The cooldown between alerts is thirty minutes. | There is a 30 minute cooldown between alerts.
Refunds are handled by Yusuf. | Yusuf handles refunds.
The default page size is 50. | Pages have 50 entries by default.
The user stopped taking the bus to work. | The user doesn't take the bus to work anymore.
The printer is on floor 5. | The printer stands on the fifth floor.
The mobile client talks to /v3/sync. | The mobile client uses /v3/sync.
The beta group has 65 testers. | There are 65 testers in the beta group.
Our CRM is Attio. | We use Attio as our CRM.
The choir's conductor is Paul Imhof. | Paul Imhof conducts the choir.
Daylight sensors report every ten minutes. | Every 10 minutes the daylight sensors report.
Comments are moderated automatically. | Comments are automatically moderated.
The spare key is at Jana's place. | Jana has the spare key at her place.
The user's laptop has 32 GB of RAM. | The user has a laptop with 32 gigabytes of RAM.
The train to Graz leaves from platform 7. | From platform 7 the train to Graz leaves.
The license costs 59 dollars a year. | The annual license is $59.
The lead time for orders is 9 days. | Orders have a lead time of nine days.
Database migrations run with Flyway. | Flyway runs the database migrations.
The user's shift ends at 18:00. | The user works until 6 pm.
The API doesn't accept XML. | XML is not accepted by the API.
Only HTTPS is allowed. | HTTP is not allowed, only HTTPS.
The backup disk is 4 TB large. | The backup disk has 4 TB.
The user has a dog and a cat. | The user has a cat and a dog.
It takes 3 to 5 days to ship. | Shipping takes 3-5 days.
The user was born in Split in 1988. | The user, born in 1988, is from Split.
The job is retried at most 3 times. | The job gets three retries at most.
The contract has been signed. | The contract is signed now.`,
  // Both are true, of something else.
  distinct: `
The user's cat is called Miso. | The user's dog is called Rex.
The user likes coffee. | The user likes hiking.
The API uses Postgres. | The API uses OAuth for login.
Backups run every night at 2 am. | Reports run every Monday at 6 am.
The rate limit is 100 requests per minute. | The burst limit is 500 requests.
Uploads may be up to 10 MB. | Downloads are limited to 50 per hour.
The team has six engineers. | The team has two designers.
The session timeout is 15 minutes. | The connection timeout is 5 seconds.
The server has 16 GB of memory. | The server has 8 cores.
The log level in production is "info". | The log level in staging is "debug".
The invoice for March is due on 15 April. | The invoice for April is due on 15 May.
The user drinks coffee every morning. | The user goes running every evening.
The mobile app supports Android 10 and later. | The mobile app supports iOS 15 and later.
The user's home address is 12 Canal Street. | The user's work address is 48 Harbour Road.
The cluster in Frankfurt has 12 nodes. | The cluster in Dublin has 8 nodes.
Deploys to production happen on Tuesdays. | Deploys to staging happen on every merge.
Emails are sent by SendGrid. | Text messages are sent by Twilio.
The build takes 4 minutes. | The test suite takes 9 minutes.
The read replica is in eu-west-1. | The primary database is in us-east-1.
The user's daughter is 4 years old. | The user's son is 7 years old.
Alice prefers tea. | Bob prefers coffee.
Unit tests run with Vitest. | End-to-end tests run with Playwright.
The gateway retries three times. | The worker retries five times.
The deploy script is in scripts/deploy.sh. | The seed script is in scripts/seed.ts.
The user never works on Sundays. | The user works from home on Mondays.
The user pays rent on the 1st. | The user pays the phone bill on the 10th.
The user doesn't like olives. | The user likes tomatoes.
The user bought a bike in April. | The user bought a tent in June.
The staging database is reset every night. | The staging database is 40 GB.
The web client uses React. | The admin client uses Vue.
The on-site interview is on 16 April. | The phone interview is on 2 April.
Our code coverage threshold is 85%. | Our mutation score threshold is 60%.
The user's bank is DKB. | The user's broker is Trade Republic.
The catering is done by Green Fork. | The cleaning is done by Sparkle.
Session cookies expire after 2 hours. | Remember-me cookies expire after 30 days.
The user walks the dog at 7 pm. | The user feeds the cat at 6 am.
The PDF export is limited to 200 pages. | The CSV export is limited to 10000 rows.
The venue for the offsite is Split. | The venue for the gala is Vienna.
The chief of staff is Rosa Lind. | The chief of security is Theo Banks.
The sandbox account is suspended. | The live account is active.
Meals are reimbursed up to 45 euros. | Hotels are reimbursed up to 140 euros.
The lawn is mowed every week. | The hedge is trimmed every year.
The internal CA expires in 2031. | The public certificate expires in 2026.
The cooldown between alerts is thirty minutes. | The cooldown between deploys is one hour.
Refunds are handled by Yusuf. | Complaints are handled by Beatriz.
The default page size is 50. | The maximum page size is 500.
The beta group has 65 testers. | The alpha group has 10 testers.
The choir's conductor is Paul Imhof. | The choir's pianist is Lena Brandt.
Daylight sensors report every ten minutes. | Moisture sensors report every hour.
The spare key is at Jana's place. | The spare tyre is at Robert's place.
The user's laptop has 32 GB of RAM. | The user's phone has 8 GB of RAM.
The train to Graz leaves from platform 7. | The train to Linz leaves from platform 12.
The license costs 59 dollars a year. | The support plan costs 20 dollars a month.
The lead time for orders is 9 days. | The lead time for samples is 3 days.
Database migrations run with Flyway. | Load tests run with k6.
The user's shift ends at 18:00. | The user's lunch break starts at 12:30.
The user gave 20 dollars to UNICEF in March. | The user gave 50 dollars to Amnesty in May.
The user won a medal in Riga in 2014. | The user won a medal in Tallinn in 2017.
Sensor 14 reports 21.5 degrees. | Sensor 15 reports 19.0 degrees.
The user recommends Dune. | The user recommends Foundation.
Jonas is allergic to nuts. | Jonas is allergic to pollen.
The upper shelf holds 12 boxes. | The lower shelf holds 9 boxes.
Chapter 2 was reviewed by Ann. | Chapter 5 was reviewed by Raj.
The Tokyo office has 45 employees. | The Seoul office has 30 employees.
Gate B12 closes at 14:05. | Gate C7 closes at 15:40.
The user isn't available on Mondays. | The user is available on Fridays.
The premium tier allows 10 seats. | The starter tier allows 2 seats.
Alice reports to Carla. | Bob reports to Dmitri.
The English exam is on 3 June. | The maths exam is on 7 June.
The trial of drug A ended in May. | The trial of drug B ended in July.`,
};
