import { setUp } from '@/api/session';
import { PickField, TextField } from '@/components/form/fields';
import { useApiForm } from '@/components/form/use-api-form';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { currencyOptions } from '@/lib/currencies';
import { browserTimezone, timezones } from '@/lib/time';

export function SetupForm({ token, onDone }: { token: string; onDone: () => void }) {
  const form = useApiForm({
    defaultValues: {
      token,
      name: '',
      email: '',
      password: '',
      workspace: { name: 'Main', currency: 'USD' as string | null, timezone: browserTimezone() as string | null },
    },
  });
  const save = form.submit(async values => {
    await setUp({
      ...values,
      token: values.token.trim(),
      workspace: {
        name: values.workspace.name,
        currency: values.workspace.currency ?? 'USD',
        timezone: values.workspace.timezone ?? 'UTC',
      },
    });
    onDone();
  });
  return (
    <form className="grid gap-4" noValidate onSubmit={event => void save(event)}>
      {form.problem && <Banner tone="error">{form.problem}</Banner>}
      {!token && (
        <TextField
          form={form}
          name="token"
          label="Set-up token"
          mono
          required="Paste the token."
          hint="The part after ?token= in the link that the program printed when it started."
        />
      )}
      <TextField form={form} name="name" label="Your name" optional autoComplete="name" autoFocus={token !== ''} />
      <TextField
        form={form}
        name="email"
        label="E-mail"
        type="email"
        required="Enter the address you will log in with."
        autoComplete="username"
        inputMode="email"
      />
      <TextField
        form={form}
        name="password"
        label="Password"
        type="password"
        required="Choose a password."
        hint="At least ten characters."
        autoComplete="new-password"
      />
      <fieldset className="border-line grid gap-4 border-t pt-4">
        <legend className="sr-only">Workspace</legend>
        <TextField
          form={form}
          name="workspace.name"
          label="Workspace"
          required="Name the workspace."
          hint="Campaigns, reports and users live in a workspace. You can add more later."
        />
        <div className="grid grid-cols-2 gap-3">
          <PickField
            form={form}
            name="workspace.currency"
            label="Currency"
            options={currencyOptions()}
            hint="Fixed once it exists."
          />
          <PickField
            form={form}
            name="workspace.timezone"
            label="Timezone"
            options={timezones().map(zone => ({ value: zone, label: zone }))}
            hint="Of reports."
          />
        </div>
      </fieldset>
      <Button type="submit" variant="primary" size="lg" loading={form.formState.isSubmitting}>
        Create workspace
      </Button>
    </form>
  );
}
